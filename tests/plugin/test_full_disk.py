"""A disk that fills up before, during or after a session: one clear error, no traceback, nothing green."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from evalkit.session import closing
from evalkit.store.store import Store
from tests.story import Story

#: Lets no file grow beyond some bytes: from the start, or from the third answer on. What pytest itself prints
#: is less.
LIMITS = """
import os, resource

def limit(n_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, resource.RLIM_INFINITY))

def big(text):
    if text.endswith(" 3"):
        limit(8_000)
    return text.upper() + "!" * 3_000
"""


def said(result: pytest.RunResult) -> str:
    text = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in text
    assert "Traceback" not in text
    return text


def test_a_disk_that_is_full_at_the_start_is_a_usage_error_before_any_call(story: Story) -> None:
    story.write("limits.py", LIMITS)
    story.write("conftest.py", "import limits\nlimits.limit(8_000)\n")
    result = story.run("--llm-cache=off", timeout_s=60)
    assert result.ret == 4
    assert "evalkit: " in said(result)
    assert story.calls() == []


def test_a_disk_that_fills_up_on_the_way_ends_red_and_says_what_is_missing(story: Story) -> None:
    story.write("limits.py", LIMITS)
    result = story.run("--llm-cache=off", "--llm-save-baseline=main", model="python:limits:big", timeout_s=60)
    assert result.ret == 1
    assert "results are missing from the store" in said(result)
    assert story.sql("SELECT name FROM baselines") == []


FULL = duckdb.IOException('IO Error: Could not write file "x": No space left on device')


@pytest.mark.parametrize("step", ["open", "fold", "set_baseline"])
def test_a_disk_that_is_full_at_the_end_ends_red_and_keeps_the_results(
    story: Story, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refuse(*arguments: Any, **more: Any) -> None:
        raise FULL

    real = closing.Closing.close_run

    def close_run(*arguments: Any, **more: Any) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(Store, step, refuse)
            real(*arguments, **more)

    monkeypatch.setattr(closing.Closing, "close_run", close_run)
    result = story.run("--llm-save-baseline=main")
    assert result.ret == 1
    assert "No space left on device" in said(result)
    monkeypatch.undo()
    assert story.sql("SELECT count(*) AS n FROM responses") == [{"n": 10}]
    assert story.sql("SELECT name FROM baselines") == []
