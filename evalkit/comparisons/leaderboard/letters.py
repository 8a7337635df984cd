"""The compact letter display: who shares a letter is not told apart, who shares none is.

Source: Piepho 2004, Journal of Computational and Graphical Statistics 13:456-466, by insertion and
absorption. What comes out are all largest sets of members of whom no two are told apart, as
``multcompView`` of R has them; the sweep that drops letters no pair needs is left out, so that each letter is
a whole group.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from string import ascii_lowercase

Group = frozenset[int]


def tie_groups(n: int, apart: Collection[tuple[int, int]]) -> list[tuple[int, ...]]:
    """All largest groups of members 0 .. n - 1 of whom no two are told apart, in the order of their members.

    Args:
        apart: pairs (i, j) that are told apart, in either order.
    """
    groups: set[Group] = {frozenset(range(n))} if n else set()
    for i, j in apart:
        whole = {group for group in groups if i in group and j in group}
        if whole:
            parts = {group - {member} for group in whole for member in (i, j)}
            groups = _absorbed((groups - whole) | parts)
    return sorted(tuple(sorted(group)) for group in groups)


def letters(n: int, groups: Sequence[tuple[int, ...]]) -> list[str]:
    """(n,) the letters of each member, one for each of its groups: ``a``, ``ab``, … ``z``, ``a2``, …"""
    name = _letter if len(groups) <= len(ascii_lowercase) else _numbered
    return ["".join(name(place) for place, group in enumerate(groups) if i in group) for i in range(n)]


def _absorbed(groups: set[Group]) -> set[Group]:
    """Without the groups that lie within another one."""
    return {group for group in groups if not any(group < other for other in groups)}


def _letter(place: int) -> str:
    return ascii_lowercase[place]


def _numbered(place: int) -> str:
    """A number with every letter, so that ``a1b1`` reads in one way only."""
    number, place = divmod(place, len(ascii_lowercase))
    return f"{ascii_lowercase[place]}{number + 1}"
