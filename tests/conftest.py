"""Fixtures of all tests."""

from __future__ import annotations

import pytest

from tests.story import Story


@pytest.fixture
def story(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A small project folder to run pytest in."""
    for name in ("EVALKIT_MODEL", "EVALKIT_STORE"):
        monkeypatch.delenv(name, raising=False)
    return Story(pytester)
