"""Which files name themselves, and how."""

from __future__ import annotations

from pathlib import Path

#: Files that may begin with a head of their own. Their names end in one of these.
SUFFIXES = (".prompt.md", ".prompty", ".prompt")


def suffix_of(file: str | Path) -> str | None:
    """``.prompt.md``, ``.prompty`` or ``.prompt``; None of a file that is a template and nothing else."""
    name = Path(file).name
    found = next((each for each in SUFFIXES if name.endswith(each)), None)
    return found if found != name else None


def stem_of(file: str | Path) -> str:
    """What a file is called without such an ending: ``support.prompt.md`` -> ``support``."""
    name = Path(file).name
    return name.removesuffix(suffix_of(file) or Path(file).suffix)
