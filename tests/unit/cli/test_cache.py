"""`evalkit cache`: what is kept of answers, and how to let go of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.cache.cache import ResponseCache
from tests.unit.cache.test_cache import IDENTITY, REQUEST, RESPONSE
from tests.unit.cli.conftest import Command, answer


@pytest.fixture
def cached(store: Path) -> None:
    """A cache beside the store with one answer."""
    cache = ResponseCache.open(store.parent / "cache")
    cache.put(cache.key(IDENTITY, REQUEST), RESPONSE)
    cache.close()


@pytest.mark.usefixtures("cached")
def test_cache_stats_tell_how_many_answers_of_which_models(evalkit: Command) -> None:
    found = answer(evalkit, "cache", "stats")
    assert (found["n_entries"], found["models"]) == (1, [{"identity": IDENTITY, "n_entries": 1}])
    assert "1 response," in evalkit("cache", "stats")[1]


@pytest.mark.usefixtures("cached")
def test_cache_explain_shows_what_is_kept_for_a_sample(evalkit: Command) -> None:
    assert answer(evalkit, "cache", "explain", "s1")[0]["response"]["output"] == "2"
    assert evalkit("cache", "explain", "s9")[1] == "nothing is kept for 's9'\n"


@pytest.mark.usefixtures("cached")
def test_cache_clear_removes_answers(evalkit: Command) -> None:
    assert answer(evalkit, "cache", "clear", "--older-than", "1h")["n_removed"] == 0
    assert answer(evalkit, "cache", "clear")["n_removed"] == 1
    assert evalkit("cache", "clear", "--older-than", "soon")[0] == 4
