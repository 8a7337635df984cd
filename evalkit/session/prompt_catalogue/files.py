"""Which file holds the prompt of a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from evalkit.errors import UsageError, did_you_mean
from evalkit.files.reading import read_text

#: How files of prompts end, the surest first.
SUFFIXES = (".prompt.md", ".prompty", ".prompt", ".jinja", ".jinja2", ".j2", ".md", ".txt")
#: Those that nothing else ends with.
_SURE = SUFFIXES[:3]
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"""^name:[ \t]*(["']?)(.*?)\1[ \t]*(?:#.*)?$""", re.MULTILINE)


def stem_of(path: Path) -> str | None:
    """``support`` of ``support.prompt.md``; None of a file that is not a prompt by its name."""
    suffix = next((each for each in SUFFIXES if path.name.endswith(each)), None)
    return path.name.removesuffix(suffix) or None if suffix else None


def is_prompt_file(path: Path) -> bool:
    """Whether its name says that it is a prompt and nothing else."""
    return path.name.endswith(_SURE)


def own_name(path: Path) -> str | None:
    """What a prompt file calls itself: ``name`` of its front matter, else its stem."""
    try:
        found = _FRONT_MATTER.match(read_text(path)) if is_prompt_file(path) else None
    except (OSError, ValueError):
        found = None
    named = _NAME.search(found[1]) if found else None
    return named[2] if named and named[2] else stem_of(path)


def find_file(name: str, files: Sequence[Path], known: Iterable[Path]) -> Path | None:
    """The file of the prompt ``name``, or None.

    Args:
        files: of the project.
        known: files that the store says it was read from, the latest first.

    Raises UsageError where several may be meant.
    """
    there = set(files)
    for path in known:
        if path in there:
            return path
    sure = [path for path in files if is_prompt_file(path) and own_name(path) == name]
    found = sure or [path for path in files if stem_of(path) == name and not is_prompt_file(path)]
    if len(found) > 1:
        shown = ", ".join(str(path) for path in found[:4])
        raise UsageError(f"prompt {name!r} may be any of {shown}", hint="say which with --file=PATH")
    return found[0] if found else None


def no_prompt(name: str, files: Sequence[Path], stored: Iterable[str]) -> UsageError:
    """Neither a file nor the store has it."""
    names = {*filter(None, (own_name(path) for path in files if is_prompt_file(path))), *stored}
    hint = did_you_mean(name, names) if names else "name its file with --file=PATH"
    return UsageError(f"there is no prompt {name!r}", hint=hint)
