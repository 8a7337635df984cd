"""evalkit's own modules come as Python reads them, those of the tests with pytest's assertions."""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader

import pytest

from evalkit import store
from evalkit.pytest_plugin.plain_imports import import_plainly


def test_modules_of_evalkit_alone_are_found_without_pytests_rewriting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = [each for each in sys.meta_path if getattr(each, "__name__", "") != "_PlainFinder"]
    monkeypatch.setattr(sys, "meta_path", list(before))
    import_plainly()
    import_plainly()
    first, *others = sys.meta_path
    ours = first.find_spec("evalkit.store.flaky", store.__path__)
    assert ours is not None
    assert isinstance(ours.loader, SourceFileLoader)
    assert first.find_spec("evalkitten", None) is None
    assert others == before
