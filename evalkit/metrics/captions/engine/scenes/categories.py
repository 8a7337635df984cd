"""The kinds of tuples that SPICE tells apart, with the word lists that its jar carries."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from zipfile import ZipFile

from evalkit.metrics.captions.engine.scenes.graph import SceneTuple

Filter = Callable[[SceneTuple], bool]

#: Names as in the output of the jar; ``all`` is SPICE itself.
CATEGORIES = ("all", "object", "relation", "attribute", "color", "cardinality", "size")

_SOURCE = "edu/anu/spice/TupleFilter.java"
_LISTS = {"color": "commonColors", "cardinality": "smallNumbers", "size": "sizeAdjectives"}


@cache
def filters(jar: Path) -> Mapping[str, Filter]:
    """Category to what belongs to it; the words for color, cardinality and size are read from spice-1.0.jar.

    Raises OSError, BadZipFile, or KeyError where the jar does not carry its lists.
    """
    with ZipFile(jar) as archive:
        source = archive.read(_SOURCE).decode("utf-8")
    words = {category: _words(source, name) for category, name in _LISTS.items()}
    return {
        "all": lambda _: True,
        "object": lambda scene_tuple: len(scene_tuple) == 1,
        "relation": lambda scene_tuple: len(scene_tuple) == 3,
        "attribute": lambda scene_tuple: len(scene_tuple) == 2,
        **{category: _has_attribute(known) for category, known in words.items()},
    }


def _has_attribute(words: frozenset[str]) -> Filter:
    # An attribute that was merged from several words is in no list, as in the jar.
    return lambda scene_tuple: len(scene_tuple) == 2 and scene_tuple[1].word in words


def _words(source: str, name: str) -> frozenset[str]:
    found = re.search(rf"\b{name}\s*=.*?;", source, re.DOTALL)
    words = frozenset(re.findall(r'"([^"]+)"', found[0])) if found else frozenset()
    if not words:
        raise KeyError(f"{_SOURCE} has no list {name}")
    return words
