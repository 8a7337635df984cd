"""Stored answers are judged again: more rounds of the same judge, or a run by another one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.cli.program import main
from evalkit.store.store import Store
from tests import judging
from tests.judging import LOST, MOODY, STRICT
from tests.loopback import Call, Reply, chat, serving

STORE = Path(".evalkit/results.duckdb")
asked_subject: list[str] = []


def subject(text: str) -> str:
    asked_subject.append(text)
    return text.upper()


def evaluated(judge: str, **options: Any) -> str:
    """A run's id."""
    asked_subject.clear()
    results = evalkit.evaluate("shout.eval.yaml", {"m": subject}, progress=False, judge=judge, **options)
    return results.run_id


def rounds(run_id: str) -> list[tuple[Any, ...]]:
    with Store.open(STORE) as store:
        return store.connection.execute(
            """SELECT round, count(*), bool_and(coalesce(is_rejudged, false)), any_value(judge)
               FROM judgements JOIN evaluations USING (evaluation_id) WHERE run_id = ?
               GROUP BY round ORDER BY round""",
            [run_id],
        ).fetchall()


def test_the_same_judge_adds_rounds_and_the_subject_is_not_asked(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = evaluated(MOODY)
    asked_subject.clear()
    judging.asked.clear()
    assert main(["judge", "rejudge", "latest", "--repeats=2", "--quiet"]) == 0
    assert asked_subject == []
    assert len(judging.asked) == 6
    assert rounds(run_id) == [(0, 3, False, MOODY), (1, 3, True, MOODY), (2, 3, True, MOODY)]
    assert "6 further judgements" in capsys.readouterr().out


def test_scores_and_metrics_of_the_run_stay_as_they_were(project: Path) -> None:
    run_id = evaluated(MOODY)
    with Store.open(STORE) as store:
        before = store.connection.execute("FROM scores ORDER BY ALL").fetchall()
    assert main(["judge", "rejudge", run_id, "--quiet"]) == 0
    with Store.open(STORE) as store:
        assert store.connection.execute("FROM scores ORDER BY ALL").fetchall() == before


def test_another_judge_gives_a_run_of_its_own_that_says_from_which_one(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = evaluated(MOODY)
    asked_subject.clear()
    assert main(["judge", "rejudge", run_id, f"--judge={STRICT}", "--quiet", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert asked_subject == []
    with Store.open(STORE) as store:
        (old,), (new,) = store.evaluations(run_id), store.evaluations(told["new_run_id"])
        kept, judged = (store.observations(each.evaluation_id) for each in (old, new))
    assert new.judged_from == old.evaluation_id
    assert new.subject == old.subject
    assert [each.output for each in judged.responses] == [each.output for each in kept.responses]
    assert [each.value for each in judged.scores["asks"]] == [1.0, 1.0, 1.0]
    assert new.status == "finished"


def test_a_rubric_that_changed_gives_a_run_of_its_own_too(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = evaluated(STRICT)
    task = project / "shout.eval.yaml"
    task.write_text(task.read_text().replace("scorers: [asks]", "scorers: [{asks: {rubric: new}}]"))
    assert main(["judge", "rejudge", run_id, "--quiet"]) == 0
    assert "the rubric changed from - to new" in capsys.readouterr().out


def test_failures_of_the_judge_are_counted_and_shown(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = evaluated(STRICT)
    assert main(["judge", "rejudge", run_id, f"--judge={LOST}", "--quiet"]) == 1
    assert "the judge is out" in capsys.readouterr().out


WRONG = {
    "nothing": "there is no run",
    "latest --task=elsewhere": "elsewhere",
    "latest --repeats=0": "judge_repeats=0",
    "latest --judge=nobody": "nobody",
}


def test_what_cannot_be_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(STRICT)
    for words, said in WRONG.items():
        capsys.readouterr()
        assert main(["judge", "rejudge", *words.split(), "--quiet"]) == 4
        told = capsys.readouterr().err
        assert said in told
        assert told.count("\n") == 1


def test_a_run_that_no_judge_judged_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "plain.eval.yaml").write_text(
        "task: plain\nsamples: [{id: a, input: x, target: X}]\nmetrics: [accuracy]\n"
    )
    evalkit.evaluate("plain.eval.yaml", {"m": str.upper}, progress=False)
    assert main(["judge", "rejudge", "latest"]) == 4
    assert "scored by a judge" in capsys.readouterr().err


def served(answer: Callable[[Call], Reply], work: Callable[[str, list[Call]], None]) -> None:
    """Do the work with a judge on loopback: its spec, and its calls so far."""

    async def run() -> None:
        async with serving(answer) as server:
            spec = f"openai/judge?base_url={server.base_url}&concurrency=1"
            await asyncio.to_thread(partial(work, spec, server.calls))

    asyncio.run(run())


def test_what_was_judged_before_an_interruption_is_not_asked_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evalkit.session.judging import rejudge

    def work(spec: str, calls: list[Call]) -> None:
        run_id = evaluated(spec)
        n_first = len(calls)
        drive = rejudge._drive

        def interrupted(*given: Any) -> None:
            drive(*given)
            raise KeyboardInterrupt

        monkeypatch.setattr(rejudge, "_drive", interrupted)
        assert main(["judge", "rejudge", run_id, "--quiet"]) == 130
        assert [number for number, *_ in rounds(run_id)] == [0]
        monkeypatch.setattr(rejudge, "_drive", drive)
        n_paid = len(calls)
        assert main(["judge", "rejudge", run_id, "--quiet"]) == 0
        assert (n_first, n_paid, len(calls)) == (3, 6, 6)
        assert [number for number, *_ in rounds(run_id)] == [0, 1]
        assert not list(STORE.parent.glob(".rejudging-*"))

    served(lambda call: chat("yes"), work)
