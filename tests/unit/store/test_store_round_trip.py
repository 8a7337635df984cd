"""What is put into a spool comes back out of the store as it was."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core.account import Account
from evalkit.core.estimate import Estimate, LabelCorrection, LabelPlan
from evalkit.core.prompt import Prompt
from evalkit.core.response import Response
from evalkit.core.run import SandboxRecord
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.core.tally import Tally
from evalkit.core.verdict import Verdict
from evalkit.store import rows
from evalkit.store.bulk import tables_of
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from tests.unit.store.records import COMPARISON, SIGNATURE, SUBJECT, make_evaluation, make_run, write_run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.duckdb"


def store_all(path: Path, *pairs: tuple[Sample, Response]) -> list[tuple[Any, Response]]:
    """Targets and responses as they come back."""
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run())
    spool.add_evaluation(make_evaluation())
    for pair in pairs:
        spool.add_response("run-a-1", *pair)
    spool.close()
    with Store.open(path) as store:
        observations = store.observations("run-a-1")
    path.unlink()
    return list(zip(observations.targets, observations.responses, strict=True))


def test_a_run_comes_back_as_it_was(path: Path) -> None:
    write_run(path)
    with Store.open(path) as store:
        assert store.runs() == [make_run()]


def test_an_evaluation_comes_back_with_its_subject(path: Path) -> None:
    write_run(path)
    with Store.open(path) as store:
        assert store.evaluations("run-a") == [make_evaluation()]
        assert store.evaluations("run-a")[0].subject == SUBJECT


@pytest.mark.parametrize(
    "failures", [(), ("bwrap: opens: no user namespaces", "process: reads files: read it")]
)
def test_how_code_was_run_comes_back(path: Path, failures: tuple[str, ...]) -> None:
    evaluation = make_evaluation(sandbox=SandboxRecord("process", failures))
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run())
    spool.add_evaluation(evaluation)
    spool.close()
    with Store.open(path) as store:
        assert store.evaluations("run-a") == [evaluation]


def test_a_response_comes_back_with_every_field(path: Path) -> None:
    response = Response(
        output="an\nanswer \x00 \u2028 é \U0001f600",
        sample_id="s1",
        repeat=2,
        input="a prompt",
        finish_reason="stop",
        prompt_tokens=2**40,
        completion_tokens=0,
        cost_usd=1e-9,
        latency_s=0.1 + 0.2,
        ttft_s=0.01,
        choice_logprobs=(-1.5, -math.inf, -0.0),
        is_cached=True,
        created_at=1_700_000_000.123456,
        contexts=("one", ""),
        tool_calls=({"name": "f", "arguments": {"x": [1, None]}},),
        choice_tokens=(1, 2, 3),
        model_revision="served-1",
    )
    assert store_all(path, (Sample("s1", "x", "t"), response)) == [("t", response)]


def test_a_failed_response_comes_back_with_its_error(path: Path) -> None:
    response = Response(None, "s1", 0, "a prompt", "timed out after 3 attempts")
    ((_, found),) = store_all(path, (Sample("s1", "x"), response))
    assert found == response


def test_the_ends_that_missing_answers_leave_come_back_with_the_value(path: Path) -> None:
    write_run(path, outcome=None)
    estimate = Estimate("again", 0.75, 0.5, 0.9, 8, "s", n_failed=2, worst=0.6, best=0.8)
    spool = Spool.create(path, "more")
    spool.add_metrics("run-a-1", [estimate])
    spool.close()
    with Store.open(path) as store:
        assert store.estimates("run-a-1")[1] == estimate


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(targets=st.lists(JSON, min_size=1, max_size=20))
def test_any_json_target_comes_back_as_the_same_value(
    tmp_path_factory: pytest.TempPathFactory, targets: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("targets") / "results.duckdb"
    pairs = [(Sample(str(i), "x", target), Response("y", str(i))) for i, target in enumerate(targets)]
    found = [target for target, _ in store_all(path, *pairs)]
    assert found == targets
    assert [type(target) for target in found] == [type(target) for target in targets]


@pytest.mark.parametrize("target", ["42", "null", '"quoted"', "[1, 2]", "", "true"])
def test_a_text_that_looks_like_json_stays_a_text(path: Path, target: str) -> None:
    ((found, _),) = store_all(path, (Sample("s", "x", target), Response("y", "s")))
    assert found == target
    assert isinstance(found, str)


def test_half_a_surrogate_pair_becomes_a_replacement_character(path: Path) -> None:
    ((_, found),) = store_all(path, (Sample("s", "x"), Response("a\ud83db", "s")))
    assert found.output == "a\ufffdb"


def test_scores_stand_beside_their_responses(path: Path) -> None:
    evaluation_id = write_run(path, values=(1.0, 0.0, 1.0))
    with Store.open(path) as store:
        observations = store.observations(evaluation_id)
    assert observations.scores == {
        "exact_match": [
            Score("exact_match", 1.0, "1"),
            Score("exact_match", 0.0, "?"),
            Score("exact_match", 1.0, "3"),
        ]
    }
    assert observations.scorer_signatures == {"exact_match": SIGNATURE}


def test_a_response_without_a_score_stands_with_the_reason(path: Path) -> None:
    spool = Spool.create(path, "run-a")
    spool.add_evaluation(make_evaluation())
    spool.add_response("run-a-1", Sample("s", "x"), Response(None, "s", error="boom"))
    spool.close()
    with Store.open(path) as store:
        assert store.observations("run-a-1").scores["exact_match"] == [Score("exact_match", error="boom")]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_score_that_is_no_number_is_an_error_never_a_zero(path: Path, value: float) -> None:
    assert rows.score_row("e", "s", 0, Score("judge", value))[4:8] == [
        None,
        None,
        None,
        f"judge gave {value}",
    ]


def test_observations_stand_in_the_order_of_the_dataset_whatever_came_first(path: Path) -> None:
    spool = Spool.create(path, "run-a")
    spool.add_evaluation(make_evaluation())
    for sample_id, repeat, position in (("c", 1, 2), ("a", 0, 0), ("c", 0, 2), ("b", 0, 1)):
        spool.add_response("run-a-1", Sample(sample_id, "x"), Response("y", sample_id, repeat), position)
    spool.close()
    with Store.open(path) as store:
        found = store.observations("run-a-1").responses
    assert [(r.sample_id, r.repeat) for r in found] == [("a", 0), ("b", 0), ("c", 0), ("c", 1)]


def test_estimates_come_back_in_order(path: Path) -> None:
    estimates = [
        Estimate("mcc", None, None, None, 0, "mcc|v1", True, 3, error="one class only"),
        Estimate("accuracy", 0.5, 0.4, 0.6, 10, "accuracy|v1"),
        Estimate("cost_usd", 1.25, None, None, 10, "cost|v1", False),
    ]
    spool = Spool.create(path, "run-a")
    spool.add_metrics("run-a-1", estimates)
    spool.close()
    with Store.open(path) as store:
        assert store.estimates("run-a-1") == estimates


def test_verdicts_come_back_with_their_comparison(path: Path) -> None:
    verdict = Verdict("regression(accuracy)", "fail", "it fell", 0.01, "run-0", COMPARISON)
    spool = Spool.create(path, "run-a")
    spool.add_verdict("run-a-1", verdict, "run-0-1")
    spool.close()
    with Store.open(path) as store:
        assert store.verdicts("run-a-1") == [verdict]
        assert store.baseline_evaluation_ids("run-a-1") == {"regression(accuracy)": "run-0-1"}


def test_what_labels_made_of_a_comparison_comes_back(path: Path) -> None:
    correction = LabelCorrection(
        -0.1, 60, 20, 400, 0.75, 90, 0.8, 1.0, None, LabelPlan(40, None, labels_usd=40.0)
    )
    verdict = Verdict(
        "regression(mean:judge)",
        "undecided",
        "open",
        0.2,
        "run-0",
        replace(COMPARISON, correction=correction),
    )
    spool = Spool.create(path, "run-a")
    spool.add_verdict("run-a-1", verdict, "run-0-1")
    spool.close()
    with Store.open(path) as store:
        assert store.verdicts("run-a-1") == [verdict]


def test_a_prompt_is_kept_once_as_it_was_first_stored(path: Path) -> None:
    prompt = Prompt.parse("user:\nHello {{ input }}", "greeting")
    for run_id, created_at in (("run-a", 10.0), ("run-b", 20.0)):
        spool = Spool.create(path, run_id)
        spool.add_prompt(prompt, created_at=created_at)
        spool.close()
    with Store.open(path) as store:
        assert [(p.prompt, p.created_at) for p in store.prompts()] == [("greeting", 10.0)]
        assert store.prompt_text(prompt.prompt_hash) == prompt.text
        assert store.prompt_text("unknown") is None


def test_a_later_row_of_a_run_replaces_the_earlier_one(path: Path) -> None:
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run(status="running", finished_at=None))
    spool.flush()
    with Store.open(path) as store:
        assert store.run("run-a").status == "running"
    spool.add_run(make_run())
    spool.close()
    with Store.open(path) as store:
        assert store.runs() == [make_run()]


def test_rows_have_one_value_for_each_column(path: Path) -> None:
    prompt = Prompt.parse("x")
    made = {
        "runs": rows.run_row(make_run()),
        "subjects": rows.subject_row(SUBJECT),
        "evaluations": rows.evaluation_row(make_evaluation()),
        "responses": rows.response_row("e", Sample("s", "x"), Response("y"), 0),
        "scores": rows.score_row("e", "s", 0, Score("judge", 1.0)),
        "metrics": rows.metric_row("e", Estimate("m", 1.0, 0.0, 1.0, 1, "s")),
        "verdicts": rows.verdict_row("e", Verdict("g", "pass", "d"), None),
        "prompts": rows.prompt_row(prompt, 0.0, None),
    }
    with Store.open(path, mode="write") as store:
        tables = tables_of(store.connection, made)
    assert {name: len(row) for name, row in made.items()} == {
        name: len(tables[name].columns) for name in made
    }


def test_groups_and_few_shot_examples_come_back(path: Path) -> None:
    examples = (
        {"sample_id": "d1", "input": "1 + 1", "target": "2"},
        {"sample_id": "d2", "input": "", "target": ["a"]},
    )
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run())
    spool.add_evaluation(make_evaluation(examples=examples))
    for i, group in enumerate(("p", None)):
        sample = Sample(f"s{i}", "x", group=group)
        spool.add_response("run-a-1", sample, Response("x", sample_id=sample.id), i)
    spool.close()
    with Store.open(path) as store:
        assert store.observations("run-a-1").groups == ["p", None]
        assert store.evaluation("run-a-1").examples == examples


def test_observations_without_any_group_have_none(path: Path) -> None:
    write_run(path)
    with Store.open(path) as store:
        assert store.observations("run-a-1").groups is None


def test_a_recheck_is_stored_and_no_part_of_what_is_read_back(path: Path) -> None:
    write_run(path)
    spool = Spool.create(path, "run-a", "again")
    sample = Sample("s0", "x")
    spool.add_response("run-a-1", sample, Response("again", "s0", 1), 0, is_recheck=True)
    spool.add_scores("run-a-1", "s0", 1, Score("exact_match", 1.0))
    spool.close()
    with Store.open(path) as store:
        seen = store.observations("run-a-1")
        rows = store.connection.execute("SELECT sample_id, repeat FROM responses WHERE is_recheck").fetchall()
    assert rows == [("s0", 1)]
    assert "again" not in [response.output for response in seen.responses]
    assert len(seen.scores["exact_match"]) == len(seen)


def recheck(path: Path, run_id: str, output: str) -> None:
    """One more answer to a failed sample of that run."""
    spool = Spool.create(path, run_id, "again")
    spool.add_response(f"{run_id}-1", Sample("s0", "x"), Response(output, "s0", 1), 0, is_recheck=True)
    spool.close()


def test_the_share_of_changed_answers_leaves_rechecks_out(path: Path) -> None:
    for run_id in ("run-a", "run-b"):
        write_run(path, run_id)
        recheck(path, run_id, f"again in {run_id}")
    with Store.open(path) as store:
        assert store.changed_share("run-a-1", "run-b-1") == 0.0


def test_endings_and_revisions_are_counted_over_the_answers_that_count(path: Path) -> None:
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run())
    spool.add_evaluation(make_evaluation(n_samples=1))
    given = [("length", "r1"), ("length", "r2"), (None, "r1"), ("stop", None)]
    for repeat, (reason, revision) in enumerate(given):
        response = Response("y", "s0", repeat, finish_reason=reason, model_revision=revision)
        spool.add_response("run-a-1", Sample("s0", "x"), response, 0)
    failed = Response(None, "s0", 4, error="no", finish_reason="length", model_revision="r3")
    spool.add_response("run-a-1", Sample("s0", "x"), failed, 0)
    spool.add_response("run-a-1", Sample("s0", "x"), replace(failed, repeat=5), 0, is_recheck=True)
    spool.close()
    account = Account(error_kinds={"other": 1})
    with Store.open(path) as store:
        assert store.tallies("run-a") == {
            "run-a-1": Tally({"length": 2, "stop": 1}, {"r1": 2, "r2": 1}, account),
        }


@pytest.mark.parametrize(("later", "expected"), [("y", {"run-a-1": 2}), ("another", {})])
def test_repeats_are_not_called_the_same_where_a_recheck_differs(
    path: Path, later: str, expected: dict[str, int]
) -> None:
    spool = Spool.create(path, "run-a")
    spool.add_run(make_run())
    spool.add_evaluation(make_evaluation(n_samples=1))
    for repeat in range(3):
        output = later if repeat == 2 else "y"
        spool.add_response(
            "run-a-1", Sample("s0", "x"), Response(output, "s0", repeat), 0, is_recheck=repeat == 2
        )
    spool.close()
    with Store.open(path) as store:
        assert store.identical_repeats("run-a") == expected
