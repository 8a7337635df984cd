"""The command line that evaluates again what a run evaluated, with something changed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from evalkit.core.run import Run

#: Options of a session that another one must not repeat: what it asks, compares with and writes is its own.
_OWN = (
    "--llm-model", "--llm-baseline", "--llm-save-baseline", "--llm-baseline-runs", "--llm-cache",
    "--llm-report", "--llm-ci", "--junit-xml", "--junitxml",
)  # fmt: skip
_PROMPT = "--llm-prompt"
#: Stands where a credential was.
_REDACTED = "…"


def command(*words: str) -> str:
    """Words as one line of a shell: nothing in them is more than a word."""
    return shlex.join(words)


def session(run: Run, *options: str, keeps_prompts: bool = True) -> str | None:
    """``pytest`` with the arguments of ``run`` and other ``options`` of evalkit; None for what was no session
    (an import)."""
    if not run.argv or run.argv[0] != "pytest":
        return None
    dropped = _OWN if keeps_prompts else (*_OWN, _PROMPT)
    return command("pytest", *_without(run.argv[1:], dropped), *options)


def _without(words: Sequence[str], dropped: Sequence[str]) -> Iterator[str]:
    is_value = False
    for word in words:
        name, equals, _ = word.partition("=")
        if is_value or name in dropped:
            is_value = not is_value and not equals
        elif _REDACTED not in word:
            yield word
