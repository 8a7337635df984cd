"""Imports of evalkit without pytest's rewriting of assertions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class _PlainFinder:
    """Finds modules of evalkit as Python itself does.

    pytest rewrites the assertions of every package that brings a plugin, in Python code of its own: of 300
    modules that took a tenth of the time of a small session. evalkit's assertions are not tests.
    """

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return PathFinder.find_spec(name, path, target) if name.startswith("evalkit.") else None


def import_plainly() -> None:
    """From now on, in this process; further calls change nothing."""
    if _PlainFinder not in sys.meta_path:
        sys.meta_path.insert(0, _PlainFinder)
