"""From what a model wrote to a program: a completion, a fenced block, or a whole function among prose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from evalkit.scorers.code.engine.syntax import is_python

#: Where a completion of HumanEval ends, as the sampling of Chen et al. 2021 (arXiv 2107.03374) stopped.
STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")

Truncate = Literal["needed", "always", "never"]

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n`]*$", re.MULTILINE)
_CODE_LINE = re.compile(r"(?:from|import|def|class|async def)\s|@\w")


def program_text(
    output: str,
    *,
    prompt: str = "",
    entry_point: str = "",
    stop: Sequence[str] = STOPS,
    truncate: Truncate = "needed",
) -> str:
    """The whole program that ``output`` stands for.

    * Fenced blocks: the first that defines ``entry_point``, else the first. A last fence may be missing at
      either end.
    * Text that defines ``entry_point`` in the first column: that program, prose around it left out.
    * All else continues ``prompt``; without a prompt it is the program.

    A whole function gets what stands before its definition in the prompt (imports, other functions).

    Args:
        prompt: what the model was asked to continue, or ``""``.
        entry_point: the function under test, or ``""`` where it is not known.
        stop: texts that end a completion, and a program without prompt.
        truncate: ``needed`` cuts at the first stop what is not Python as it is (a base model ran on and was
            cut off), ``always`` cuts all, ``never`` none.
    """
    text = output.replace("\r\n", "\n")
    block = _fenced(text, entry_point)
    if block is not None:
        text = block
    if prompt and not _is_whole(text, entry_point):
        return _truncated(prompt, text, stop, truncate)
    if block is None:
        text = _truncated("", text, stop if not prompt else (), truncate)
        text = _without_prose(text, entry_point)
    return preamble(prompt, entry_point) + text


def preamble(prompt: str, entry_point: str) -> str:
    """What stands in a prompt before it defines ``entry_point``; ``""`` where it does not."""
    found = _definitions(prompt, entry_point)
    return prompt[: found[-1].start()] if found else ""


def _fenced(text: str, entry_point: str) -> str | None:
    marks = list(_FENCE.finditer(text))
    if not marks:
        return None
    if len(marks) == 1:
        before, after = text[: marks[0].start()], text[marks[0].end() :].removeprefix("\n")
        return before if _is_whole(before, entry_point) or not after.strip() else after
    starts, ends = marks[::2], [*marks[1::2], None]
    blocks = [
        text[start.end() : end.start() if end else None].removeprefix("\n")
        for start, end in zip(starts, ends, strict=False)
    ]
    return next((block for block in blocks if _is_whole(block, entry_point)), blocks[0])


def _definitions(text: str, entry_point: str) -> list[re.Match[str]]:
    if not entry_point:
        return []
    return list(re.finditer(rf"^(?:async )?def\s+{re.escape(entry_point)}\b", text, re.MULTILINE))


def _is_whole(text: str, entry_point: str) -> bool:
    """Whether ``text`` defines the entry point itself and does not begin as the body of a function."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return bool(_definitions(text, entry_point)) and not first[0].isspace()


def _truncated(prompt: str, text: str, stop: Sequence[str], truncate: Truncate) -> str:
    if truncate == "never" or (truncate == "needed" and is_python(prompt + text)):
        return prompt + text
    ends = [end for end in (text.find(each) for each in stop) if end >= 0]
    return prompt + text[: min(ends, default=len(text))]


def _without_prose(text: str, entry_point: str) -> str:
    """The lines of ``text`` from its first line of code up to where it stops being Python."""
    if is_python(text) or not _definitions(text, entry_point):
        return text
    lines = text.split("\n")
    own = next(i for i, line in enumerate(lines) if _definitions(line, entry_point))
    starts = [i for i, line in enumerate(lines[: own + 1]) if _CODE_LINE.match(line)]
    for start in starts:
        ends = [i for i in range(len(lines), own, -1) if i == len(lines) or _begins(lines[i])]
        for end in ends:
            part = "\n".join(lines[start:end]) + "\n"
            if is_python(part) and _definitions(part, entry_point):
                return part
    return text


def _begins(line: str) -> bool:
    """Whether something new can begin with ``line``: prose does not begin inside of a block."""
    return bool(line) and not line[0].isspace()
