"""An installation that cannot be written to is enough: Java programs leave nothing where their jars are.

Of METEOR, which takes ten seconds to start, tests/unit/metrics/test_meteor.py says it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.metrics.captions.engine.caption_tokens import CaptionTokens
from evalkit.metrics.captions.engine.meteor_jar import meteor_jar
from evalkit.metrics.captions.engine.ptb.java_tokenizer import JavaTokenizer
from tests.java_programs import content, need_java_of
from tests.unit.metrics.observing import value_of
from tests.unit.metrics.texts import written


@pytest.mark.parametrize("name", ["tokenizer", "spice"])
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
