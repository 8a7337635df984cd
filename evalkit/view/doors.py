"""The head of each page: where else there is to go."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.report.ways import Door, Way
from evalkit.view.places import PARTS, Places

#: What a served page loads; their content is ``evalkit.report.html``'s.
STYLE, SCRIPT = "/view.css", "/view.js"


def door_of(
    places: Places,
    here: str,
    *,
    stores: Sequence[Way] = (),
    near: Sequence[Way] = (),
    is_served: bool = True,
) -> Door:
    """
    Args:
        here: the part that the page belongs to.
        near: what belongs to the page; those without an address are left out.
    """
    ways = tuple(Way(PARTS[name], places.part(name), name == here) for name in places.parts)
    found = tuple(way for way in near if way.href)
    files = (STYLE, SCRIPT) if is_served else ("", "")
    return Door(ways, tuple(stores), found, *files)
