"""The benchmark suites that travel with evalkit, as their cards describe them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from pathlib import Path

from evalkit.errors import UnknownNameError, UsageError, did_you_mean

#: Columns of the table that every card has, one row for each task.
COLUMNS = ("task", "samples", "metric", "few-shot", "hub path", "licence", "reference number reproduced")

#: Where a sentence ends; "et al." does not end one.
_SENTENCE_END = re.compile(r"(?<=[.:])(?<!al\.) (?=[A-Z(])")

_LEFT_OUT = {"__pycache__", ".evalkit", ".pytest_cache"}


@dataclass(frozen=True)
class ShelvedTask:
    """One row of a card's table; every text is Markdown as the card has it."""

    suite: str
    task: str
    samples: str
    metric: str
    fewshot: str
    hub_path: str
    licence: str
    reproduced: str


@dataclass(frozen=True)
class ShelvedSuite:
    """A folder of the catalogue.

    Attributes:
        name: its folder's name, and what ``evalkit suites add`` is told.
        title: heading of its card.
        summary: first sentence of its card, on one line.
        tasks: rows of its card's table, in order.
    """

    name: str
    path: Path
    title: str
    summary: str
    tasks: tuple[ShelvedTask, ...]

    def files(self) -> Iterator[Path]:
        """Every file of the suite, card included, relative to its folder, in order."""
        for path in sorted(self.path.rglob("*")):
            relative = path.relative_to(self.path)
            if path.is_file() and not _LEFT_OUT & set(relative.parts):
                yield relative


def shelf_folder() -> Path:
    """Where the suites are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    for folder in (package / "suites", package.parent / "suites"):
        if folder.is_dir():
            return folder
    raise UsageError("this installation contains no suites", where=str(package), hint="install it again")


def shelved_suites() -> list[ShelvedSuite]:
    """Every suite of the catalogue by name; a folder without a card is none."""
    cards = sorted(shelf_folder().glob("*/README.md"))
    return [_read(card) for card in cards if not card.parent.name.startswith((".", "_"))]


def find_suite(name: str) -> ShelvedSuite:
    """The suite called ``name``. Raises UnknownNameError with what is near it."""
    suites = {suite.name: suite for suite in shelved_suites()}
    if name not in suites:
        raise UnknownNameError(f"unknown suite {name!r}", hint=did_you_mean(name, suites))
    return suites[name]


def _read(card: Path) -> ShelvedSuite:
    lines = card.read_text(encoding="utf-8").splitlines()
    name = card.parent.name
    title = next((line.removeprefix("# ").strip() for line in lines if line.startswith("# ")), name)
    return ShelvedSuite(name, card.parent, title, _summary(lines), tuple(_tasks(name, lines)))


def _summary(lines: list[str]) -> str:
    paragraph = takewhile(str.strip, dropwhile(lambda line: not line.strip() or line.startswith("#"), lines))
    return _SENTENCE_END.split(" ".join(line.strip() for line in paragraph), maxsplit=1)[0]


def _tasks(suite: str, lines: list[str]) -> Iterator[ShelvedTask]:
    """The rows of every table that has the columns of a card."""
    is_inside = False
    for line in lines:
        cells = tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
        if cells == COLUMNS:
            is_inside = True
        elif not line.startswith("|"):
            is_inside = False
        elif is_inside and len(cells) == len(COLUMNS) and set(cells[0]) - set("-: "):
            yield ShelvedTask(suite, *cells)
