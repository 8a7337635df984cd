"""A page of the docs as the code blocks on it.

An HTML comment right before a block tells more about it, in any combination:

* ``<!-- file: PATH -->``     the block is the content of a file, saved before later blocks run
* ``<!-- exit: N -->``        the last command of the block ends with status N, not 0
* ``<!-- parse: REASON -->``  the block cannot run here (a key, a network); it is checked without running
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"^(?P<notes>(?:<!--[^>]*-->\n)*)(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_NOTE = re.compile(r"<!-- *(file|exit|parse): *(.*?) *-->")


@dataclass(frozen=True)
class Command:
    """One ``$ …`` line of a console block (continuation lines joined) and the output that it shows.

    ``…`` in the output stands for anything; lines may be left out.
    """

    text: str
    output: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """As the shell would split it, comments left out."""
        return shlex.split(self.text, comments=True)


@dataclass(frozen=True)
class Block:
    """One fenced code block.

    Attributes:
        line: 1-based line of its first line of code.
        file: where its text is saved, relative to the page's folder, or None.
        status: exit status that its last command must have.
        reason: why it cannot run here, or None.
    """

    line: int
    language: str
    text: str
    file: str | None = None
    status: int = 0
    reason: str | None = None

    @property
    def commands(self) -> list[Command]:
        """The commands of a ``console`` or ``bash`` block."""
        text = self.text.replace("\\\n", " ")
        if self.language == "bash":
            lines = [line.strip() for line in text.splitlines()]
            return [Command(line) for line in lines if line and not line.startswith("#")]
        return list(_commands(text.splitlines()))


def _commands(lines: list[str]) -> Iterator[Command]:
    command: str | None = None
    output: list[str] = []
    for line in [*lines, "$ "]:
        if not line.startswith("$ "):
            output.append(line)
            continue
        if command is not None:
            yield Command(command, tuple(filter(str.strip, output)))
        command, output = line[2:], []


def read_page(path: Path) -> list[Block]:
    """All code blocks of a Markdown file, in order."""
    text = path.read_text(encoding="utf-8")
    return [_block(text, match) for match in _BLOCK.finditer(text)]


def _block(text: str, match: re.Match[str]) -> Block:
    notes = dict(_NOTE.findall(match["notes"]))
    indent = match["indent"]
    code = "".join(line.removeprefix(indent) for line in match["text"].splitlines(keepends=True))
    return Block(
        line=text.count("\n", 0, match.start("text")) + 1,
        language=match["language"],
        text=code,
        file=notes.get("file"),
        status=int(notes.get("exit", 0)),
        reason=notes.get("parse"),
    )
