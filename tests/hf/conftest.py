"""Tests of ``hf/…`` with torch: collected only where this folder is asked for by name (``make hf``)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

# Before torch is imported: where cores are shared, threads that wait in a loop only hold each other up.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """``make test`` has no torch, and no time for it."""
    asked = [
        Path(config.invocation_params.dir, str(each).partition("::")[0]).resolve() for each in config.args
    ]
    return None if any(each.is_relative_to(HERE) for each in asked) else True


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The packaged GGUF file."""
    from evalkit.models.embedded.weights import find_weights

    path = find_weights("smollm2")
    assert path is not None, "run evalkit setup local smollm2"
    return path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Llama of two layers drawn at random, over bytes, with a chat template."""
    from tests.hf.tiny_model import write_tiny_model

    folder = tmp_path_factory.mktemp("tiny")
    write_tiny_model(folder)
    return folder
