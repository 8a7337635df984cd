"""A task's tags as marks: they select with ``-m`` and ``-k``, and never steer pytest or a plugin."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from evalkit.core.frozen import frozen

#: Marks by which pytest itself decides what becomes of a test, whatever a version of it declares.
_CONTROL = frozenset(
    ("skip", "skipif", "xfail", "parametrize", "usefixtures", "filterwarnings", "tryfirst", "trylast")
)


@frozen
class TagMarks:
    """The marks of one item.

    Attributes:
        plain: to be added to the item: any recipe of a ``conftest.py`` finds them.
        for_selection: of tags that are called as a mark which pytest or a plugin acts on. ``-m`` and ``-k``
            see them, and nobody who asks for a mark by its name.
    """

    plain: tuple[pytest.MarkDecorator, ...]
    for_selection: tuple[pytest.Mark, ...]


def marks_of(config: pytest.Config, tags: Sequence[str]) -> TagMarks:
    """The marks of ``tags``; a name that nobody declared is declared, so that --strict-markers agrees."""
    plain, for_selection = [], []
    for name in dict.fromkeys(map(mark_name, tags)):
        declared = {_name_of(line): line for line in config.getini("markers")}
        if name not in declared:
            config.addinivalue_line("markers", f"{name}: tag of evaluation tasks")
        mark: pytest.MarkDecorator = getattr(pytest.mark, name)
        # What is declared with arguments (``timeout(seconds)``) is read by whoever declared it.
        if name in _CONTROL or f"{name}(" in declared.get(name, ""):
            for_selection.append(mark.mark)
        else:
            plain.append(mark)
    return TagMarks(tuple(plain), tuple(for_selection))


def mark_name(tag: str) -> str:
    """``glue/sst2`` -> ``glue_sst2``: pytest takes no mark that begins with an underscore."""
    return "".join(c if c.isalnum() else "_" for c in tag).strip("_")


def _name_of(line: str) -> str:
    return line.partition(":")[0].partition("(")[0].strip()
