"""Judges in a session: opened where a task names one, cached by round, counted apart, kept in the store."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.core.observations import Observations
from evalkit.errors import MissingKeyError
from evalkit.store.store import Store
from tests import judging
from tests.judging import LOST, MOODY, STRICT
from tests.loopback import chat, serving

STORE = Path(".evalkit/results.duckdb")


def evaluated(**options: Any) -> evalkit.Results:
    return evalkit.evaluate("shout.eval.yaml", {"up": str.upper}, progress=False, **options)


def stored(results: evalkit.Results) -> Observations:
    with Store.open(STORE) as store:
        (evaluation,) = store.evaluations(results.run_id)
        return store.observations(evaluation.evaluation_id)


def numbers(results: evalkit.Results) -> dict[str, Any]:
    return {row["metric"]: row["value"] for row in results.metrics}


def test_the_judge_of_the_session_judges_where_a_scorer_names_none(project: Path) -> None:
    results = evaluated(judge=STRICT)
    assert results.is_passed
    assert sorted(judging.asked) == ["ONE", "THREE", "TWO"]


def test_each_round_is_asked_and_kept_with_its_number(project: Path) -> None:
    results = evaluated(judge=MOODY, judge_repeats=4)
    said = stored(results).scores["asks"][0].judgements
    assert [(each.round, each.judge) for each in said or ()] == [(n, MOODY) for n in range(4)]
    assert {each.verdict for each in said or ()} == {"yes", "no"}


def test_what_judges_took_is_told_apart_from_what_the_subject_took(project: Path) -> None:
    found = numbers(evaluated(judge=STRICT, judge_repeats=2, report="page.html"))
    assert (found["judge_calls"], found["judge_cost_usd"], found["judge_prompt_tokens"]) == (6, 1.5, 42)
    assert found["cost_usd"] is None
    assert "Judge cost" in (project / "page.html").read_text()


def test_a_judge_that_never_answers_is_an_error_and_no_zero(project: Path) -> None:
    results = evaluated(judge=LOST)
    (verdict,) = results.verdicts
    assert verdict["verdict"] == "error"
    assert "the judge is out" in verdict["detail"]
    assert numbers(results)["judge_error_rate"] == 1.0


def test_without_a_judge_the_gate_says_what_to_give(project: Path) -> None:
    (verdict,) = evaluated().verdicts
    assert verdict["verdict"] == "error"
    assert "give --llm-judge=SPEC" in verdict["detail"]


def test_a_judge_without_a_key_ends_the_session_before_anything_is_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(MissingKeyError, match="OPENAI_API_KEY"):
        evaluated(judge="openai/gpt-judge")
    assert judging.asked == []


def test_a_task_that_no_judge_scores_loads_nothing_of_judges(project: Path) -> None:
    (project / "plain.eval.yaml").write_text(
        "task: plain\nsamples: [{id: a, input: x, target: X}]\nmetrics: [accuracy]\n"
    )
    before = {name for name in sys.modules if name.startswith("evalkit.session.judging")}
    for name in before:
        del sys.modules[name]
    evalkit.evaluate("plain.eval.yaml", {"up": str.upper}, progress=False, judge=STRICT)
    assert not [name for name in sys.modules if name.startswith("evalkit.session.judging.")]


def test_a_round_that_was_asked_before_comes_from_the_cache(project: Path) -> None:
    async def run() -> list[int]:
        async with serving(lambda call: chat("yes")) as server:
            spec, counts = f"openai/judge?base_url={server.base_url}", []
            for n_rounds in (1, 3, 3):
                await asyncio.to_thread(partial(evaluated, judge=spec, judge_repeats=n_rounds))
                counts.append(len(server.calls))
            return counts

    assert asyncio.run(run()) == [3, 9, 9]


def test_a_judge_that_is_the_subject_too_shares_its_one_place(project: Path) -> None:
    async def run() -> evalkit.Results:
        async with serving(lambda call: chat("yes")) as server:
            spec = f"openai/same?base_url={server.base_url}"
            return await asyncio.to_thread(
                lambda: evalkit.evaluate(
                    "shout.eval.yaml", spec, progress=False, judge=spec, judge_repeats=2, concurrency=1
                )
            )

    results = asyncio.run(run())
    assert results.is_passed
    assert numbers(results)["judge_calls"] == 6


def test_repeats_that_say_the_same_are_judged_once_though_they_come_at_once(project: Path) -> None:
    async def run() -> tuple[int, evalkit.Results]:
        async with serving(lambda call: replace(chat("yes"), delay_s=0.05)) as server:
            spec = f"openai/judge?base_url={server.base_url}"
            results = await asyncio.to_thread(partial(evaluated, judge=spec, repeats=3))
            return len(server.calls), results

    n_asked, results = asyncio.run(run())
    assert (n_asked, numbers(results)["judge_calls"]) == (3, 9)
