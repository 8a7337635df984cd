"""The embedding model, for tests that run it."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from evalkit.metrics.text.engine.embedding.minilm import FILES


def needs_embedding_model() -> None:
    """Skip with a reason where the model or its tokenizer's package is absent."""
    if find_spec("tokenizers") is None:
        pytest.skip("tokenizers is not installed: pip install 'pytest-evalkit[similarity]'")
    if not all(file.find() for file in FILES):
        pytest.skip("no embedding model: run evalkit setup similarity")
