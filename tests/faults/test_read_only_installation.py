"""An installation that cannot be written to is enough: Java programs leave nothing where their jars are."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.metrics.captions.engine.caption_tokens import CaptionTokens
from evalkit.metrics.captions.engine.meteor_jar import meteor_jar
from evalkit.metrics.captions.engine.ptb.java_tokenizer import JavaTokenizer
from tests.java_programs import need_java_of
from tests.unit.metrics.observing import value_of
from tests.unit.metrics.texts import written


def content(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of all that is in a folder, and of the folders themselves."""
    paths = [folder, *folder.rglob("*")]
    found = {str(path): path.stat() for path in paths}
    return {name: (each.st_size, each.st_mtime_ns) for name, each in found.items()}


@pytest.mark.parametrize("name", ["tokenizer", "meteor", "spice"])
def test_nothing_is_written_where_the_jars_are(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_java_of("meteor" if name == "tokenizer" else name)
    folder = meteor_jar().parents[1]
    before = content(folder)
    if name == "tokenizer":
        assert CaptionTokens(JavaTokenizer()).tokens(["A dog."]).lists() == [[0, 1]]
    else:
        monkeypatch.setattr("evalkit.metrics.captions.engine.java_results.cache_dir", lambda: tmp_path)
        assert value_of(name, written(["a dog runs"], [["the dog runs"]])) > 0
        assert list((tmp_path / "java").iterdir())
    assert content(folder) == before
