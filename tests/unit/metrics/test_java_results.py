"""What Java computed is found again by its texts; a cache that is broken costs time and no answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.metrics.captions.engine.java_results import JavaResults


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(tmp_path))
    return tmp_path / "java/program-1.sqlite"


def test_results_are_found_by_all_their_texts_in_order(cache: Path) -> None:
    JavaResults("program-1").keep({("a", "b"): [1, "x"], ("ab",): "y"})
    texts = [("a", "b"), ("b", "a"), ("ab",), ("a", "b", "")]
    assert JavaResults("program-1").known(texts) == {0: [1, "x"], 2: "y"}
    assert cache.is_file()


def test_another_program_has_results_of_its_own() -> None:
    JavaResults("program-1").keep({("a",): 1})
    assert JavaResults("program-2").known([("a",)]) == {}


def test_many_and_odd_texts_are_kept() -> None:
    results: dict[tuple[str, ...], int] = {(f"text {i}\ud800\n\x00",): i for i in range(2000)}
    JavaResults("program-1").keep(results)
    assert JavaResults("program-1").known(list(results)) == dict(enumerate(range(2000)))


def test_a_broken_file_is_no_cache_and_no_error(cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_bytes(b"no database at all, but long enough to be read as one" * 100)
    results = JavaResults("program-1")
    assert results.known([("a",)]) == {}
    results.keep({("a",): 1})
    assert results.known([("a",)]) == {0: 1}
    assert JavaResults("program-1").known([("a",)]) == {}


def test_nothing_is_written_by_looking() -> None:
    results = JavaResults("program-1")
    assert results.known([("a",)]) == {}
    assert not results.path.parent.exists()
