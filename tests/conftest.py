"""Fixtures of all tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.invocation import environment
from tests.story import Story

# No test may depend on how fast the machine is.
settings.register_profile("evalkit", deadline=None, max_examples=50)
settings.load_profile("evalkit")

# What tests serve on this machine is not asked for by way of a proxy.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost"


@pytest.fixture
def story(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A small project folder to run pytest in."""
    for name in ("EVALKIT_MODEL", "EVALKIT_STORE"):
        monkeypatch.delenv(name, raising=False)
    # Not another tree that happens to be installed.
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    return Story(pytester)
