"""Judges in a budget: a sample is let in with what its judges take, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.errors import ModelSpecError
from evalkit.store.store import Store
from tests.loopback import Call, Reply, chat, serving

STORE = Path(".evalkit/results.duckdb")


def answers(call: Call) -> Reply:
    """Repeats what it is asked, and judges what was repeated."""
    asked = call.body["messages"][-1]["content"]
    return chat("yes" if asked.startswith("heard") else f"heard {asked}")


def session(**options: Any) -> tuple[list[tuple[Any, ...]], int, str]:
    """Sample and score of each answer that was kept, the number of calls, and the verdict; one server is both
    the Subject and the judge."""

    async def run() -> tuple[evalkit.Results, int]:
        async with serving(answers) as server:
            spec = f"openai/both?base_url={server.base_url}"
            work = partial(evalkit.evaluate, "shout.eval.yaml", spec, progress=False, judge=spec, **options)
            return await asyncio.to_thread(work), len(server.calls)

    results, n_calls = asyncio.run(run())
    with Store.open(STORE) as store:
        rows = store.connection.execute(
            """SELECT sample_id, value, error FROM scores JOIN evaluations USING (evaluation_id)
               WHERE run_id = ? ORDER BY sample_id""",
            [results.run_id],
        ).fetchall()
    (verdict,) = results.verdicts
    return rows, n_calls, str(verdict["verdict"])


def test_what_is_let_in_is_judged_and_the_rest_is_left_out(project: Path) -> None:
    # Each sample takes its answer and two judgements: seven requests hold two of the three.
    rows, n_calls, verdict = session(max_requests=7, judge_repeats=2)
    assert [(value, error) for _, value, error in rows] == [(1.0, None), (1.0, None)]
    assert (n_calls, verdict) == (6, "undecided")


def test_a_budget_that_holds_all_ends_with_one_request_at_a_time(project: Path) -> None:
    rows, n_calls, verdict = session(max_requests=9, judge_repeats=2, concurrency=1, repeats=1)
    assert (len(rows), n_calls, verdict) == (3, 9, "pass")


def test_what_the_cache_has_of_judges_takes_nothing(project: Path) -> None:
    async def run() -> list[int]:
        async with serving(answers) as server:
            spec, counts = f"openai/both?base_url={server.base_url}", []
            for limit in (6, 3):
                work = partial(evalkit.evaluate, "shout.eval.yaml", spec, progress=False, judge=spec)
                await asyncio.to_thread(partial(work, max_requests=limit, judge_repeats=1 + (limit == 3)))
                counts.append(len(server.calls))
            return counts

    assert asyncio.run(run()) == [6, 9]


def test_a_judge_whose_price_nobody_knows_is_refused_where_the_cost_is_bound(project: Path) -> None:
    with pytest.raises(ModelSpecError, match="the cost of openai/unknown-judge"):
        evalkit.evaluate(
            "shout.eval.yaml", "local/smollm2", progress=False, max_cost="1",
            judge="openai/unknown-judge?base_url=http://127.0.0.1:9",
        )  # fmt: skip
