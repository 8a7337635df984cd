"""A key that is missing is told before anything is asked, where no cache can answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.api.options import options_of
from evalkit.cache.cache import ResponseCache
from evalkit.core.subject import ModelSpec
from evalkit.errors import MissingKeyError
from evalkit.models.model import BaseModel
from evalkit.session.keyless import refuse_without_cache


@pytest.mark.parametrize(
    ("mode", "has_file", "is_refused"),
    [
        ("readwrite", False, True),
        ("readwrite", True, False),
        ("read", True, False),
        ("refresh", True, True),
        ("off", True, True),
    ],
)
def test_a_missing_key_is_told_where_the_cache_answers_nothing(
    tmp_path: Path, mode: str, has_file: bool, is_refused: bool
) -> None:
    model = BaseModel(ModelSpec.parse("openai/m"))
    model.missing_key = MissingKeyError("no key")
    if has_file:
        ResponseCache.open(tmp_path / "cache").close()
    options = options_of({"store": tmp_path / "results.duckdb", "cache": mode}, tmp_path)
    if is_refused:
        with pytest.raises(MissingKeyError):
            refuse_without_cache([model], options)
    else:
        refuse_without_cache([model], options)
