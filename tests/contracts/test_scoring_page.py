"""The page about scoring tells of every scorer, assertion and metric with its parameters, and of no other."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from evalkit.registry import ASSERTIONS, METRICS, SCORERS, Registry

PAGE = (Path(__file__).parent.parent.parent / "docs/reference/scoring.md").read_text(encoding="utf-8")

ENTRIES = [(registry, name) for registry in (SCORERS, ASSERTIONS, METRICS) for name in registry]


def section(registry: Registry) -> str:
    """The part of the page under the heading of a kind."""
    return PAGE.partition(f"\n## {registry.kind.capitalize()}s\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    "registry, name", ENTRIES, ids=[f"{registry.kind}-{name}" for registry, name in ENTRIES]
)
def test_the_page_names_an_entry_and_its_parameters(registry: Registry, name: str) -> None:
    words = set(re.findall(r"\w+", section(registry)))
    inherited = (
        set(inspect.signature(SCORERS.get("exact_match")).parameters)
        if name in {"equals", "one_of"}
        else set()
    )
    inherited |= {"ignore_case", "which"} if name.startswith("not_") else set()
    assert {name, *inspect.signature(registry.get(name)).parameters} - inherited <= words


@pytest.mark.parametrize("registry", [SCORERS, ASSERTIONS, METRICS], ids=lambda registry: registry.kind)
def test_the_page_names_no_entry_that_is_not_there(registry: Registry) -> None:
    rows = re.findall(r"^\| (`.+?) \|", section(registry), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)} - {"mean", "scorer", "module"}
    assert named <= set(registry)
