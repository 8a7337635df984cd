"""Fixtures of all tests."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from tests.invocation import environment
from tests.slow import SLOW
from tests.story import Libraries, Story

# No test may depend on how fast the machine is. The same examples each time, so that a red build can be run
# again; `make test PYTEST_ARGS=--hypothesis-profile=new` tries new ones, and ten times as many.
settings.register_profile("evalkit", deadline=None, max_examples=30, derandomize=True)
settings.register_profile("new", settings.get_profile("evalkit"), derandomize=False, max_examples=300)
settings.load_profile("evalkit")

# What tests serve on this machine is not asked for by way of a proxy.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost"

# Java programs of tests live for seconds: to compile for speed, or to collect in parallel, never pays there.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


PLACES_OF_SLOW = {Path(__file__).resolve().parent / name for name in SLOW}


@cache
def is_slow(path: Path) -> bool:
    return not PLACES_OF_SLOW.isdisjoint((path, *path.parents))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import nothing of what ``make test-fast`` leaves out."""
    return True if config.getoption("markexpr") == "not slow" and is_slow(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``make test-fast`` leaves out."""
    for item in items:
        if is_slow(item.path):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """What is collected stays: hundreds of sessions in this process would search it for garbage twice."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Libraries]:
    """Set up before pytester and torn down after it: pytester forgets at its end what was imported."""
    libraries = Libraries(tmp_path_factory.getbasetemp())
    yield libraries
    libraries.put_back()


@pytest.fixture
def story(libraries: Libraries, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A small project folder to run pytest in."""
    for name in ("EVALKIT_MODEL", "EVALKIT_STORE"):
        monkeypatch.delenv(name, raising=False)
    # Not another tree that happens to be installed.
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    return Story(pytester, libraries)
