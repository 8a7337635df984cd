"""What answers cost and how calls failed, added up from rows and by the store alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.core.account import Account
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.report.briefs import spent_text
from evalkit.report.operations import account_of
from evalkit.report.sections.cost_and_speed import price_text
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import make_evaluation, make_run

RESPONSES = [
    Response("a", cost_usd=0.25, cost_source="spec", prompt_tokens=3, retries=2, throttled=1),
    Response("b", cost_usd=0.5, cost_source="spec", is_cached=True, retries=0),
    Response("c", cost_usd=1.0, cost_source="recorded", prompt_tokens=3, completion_tokens=1),
    Response("d", cost_usd=2.0, cost_source="recorded, priced by spec"),
    Response("e", cost_usd=4.0),  # of an older evalkit
    Response("f", prompt_tokens=3, completion_tokens=1),
    Response("f", prompt_tokens=3, completion_tokens=1, is_batched=True),
    Response("g", prompt_tokens=3),
    Response(error="429", error_kind="busy", retries=5, throttled=5),
    Response(error="late", error_kind="late", retries=1, throttled=0),
    Response(error="of an import", prompt_tokens=3, completion_tokens=1),
]
EXPECTED = Account(
    cost_usd=7.75,
    spent_usd=4.25,
    n_unpriced=2,
    sources={"spec": 2, "recorded": 1, "recorded, priced by spec": 1},
    error_kinds={"busy": 1, "late": 1, "other": 1},
    retries=8,
    throttled=6,
    n_unpriced_batched=1,
)


def test_an_account_is_the_sum_of_its_responses() -> None:
    assert account_of(RESPONSES) == EXPECTED


def test_the_store_adds_up_the_same_and_leaves_rechecks_out(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run())
    spool.add_evaluation(make_evaluation())
    for i, response in enumerate(RESPONSES):
        spool.add_response("run-a-1", Sample(f"s{i}", "x"), replace(response, sample_id=f"s{i}"), i)
    recheck = Response("z", "s0", 1, cost_usd=100.0, retries=9)
    spool.add_response("run-a-1", Sample("s0", "x"), recheck, 0, is_recheck=True)
    spool.close()
    with Store.open(path) as store:
        assert store.tallies("run-a")["run-a-1"].account == EXPECTED


def test_failures_and_attempts_are_told_where_more_is_known_than_that_they_failed() -> None:
    assert EXPECTED.troubles == (
        "errors: 1 throttled, 1 timed out, 1 for another reason; 8 attempts repeated, 6 of them throttled"
    )
    assert Account(retries=3, throttled=1).troubles == "3 attempts repeated, 1 of them throttled"
    assert Account(error_kinds={"other": 3}, retries=5).troubles == ""


@pytest.mark.parametrize(
    "account, text",
    [
        (Account(0.5, 0.5), ""),
        (Account(0.5, 0.25), ", $0.250 of it in this run"),
        (Account(0.5, 0.0), ", none of it in this run"),
        (Account(), ""),
        (Account(0.0, 0.0), ""),
    ],
)
def test_what_was_paid_before_is_told_apart(account: Account, text: str) -> None:
    assert spent_text(account) == text


def test_several_prices_say_of_how_many_answers_each() -> None:
    assert price_text({"spec": 3}) == "spec"
    assert price_text({"spec": 3, "provider": 1_200}) == "provider (1,200), spec (3)"
