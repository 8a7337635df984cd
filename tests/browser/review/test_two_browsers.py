"""The short form of ``make proof-review``."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.browser.review.answers import add_run, short_answers
from tests.browser.review.two_browsers import drive

pytestmark = pytest.mark.browser


def test_two_people_lose_and_double_nothing_when_the_server_is_killed_under_them(tmp_path: Path) -> None:
    pytest.importorskip("playwright.async_api", reason="playwright is not installed (extra dev)")
    store = tmp_path / "results.duckdb"
    add_run(store, "a", short_answers(6))
    proof = asyncio.run(drive(store, 6, n_kills=1))
    assert proof.problems == []
    assert [len(each.said) for each in proof.reviewers] == [6, 6]
