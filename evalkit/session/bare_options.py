"""Words of a command line in which an option without a value stands before a path.

``argparse`` gives an option that may have a value the next word, whatever it is: ``--llm-tournament suites/``
would be a tournament in a metric of that name, over all files that there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from evalkit.session.options import OPTIONS, Option


def paths_kept(words: Sequence[str], flag: Callable[[Option], str], cwd: Path) -> list[str]:
    """The same words, an option that may stand alone having its bare value where the next word is a path.

    Args:
        flag: how the door calls an option (``--llm-tournament``).
        cwd: folder that relative paths start at.
    """
    bare = {flag(option): f"{flag(option)}={option.bare}" for option in OPTIONS if option.bare}
    following = [*words[1:], ""]
    return [
        bare[word] if word in bare and _is_path(after, cwd) else word
        for word, after in zip(words, following, strict=True)
    ]


def _is_path(word: str, cwd: Path) -> bool:
    """Whether it is a file, a folder or a pytest node, there or misspelt; no metric looks like one but by its
    parameters (``f1(positive=a/b)``)."""
    place = word.partition("::")[0]
    if not place or word.startswith("-"):
        return False
    return ("(" not in word and ("/" in word or "::" in word)) or (cwd / place).exists()
