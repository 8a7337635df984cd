"""A gate and a metric for each slice of a task's rows: from the task's ``by`` to the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.core.observations import Observations
from evalkit.errors import TaskError
from evalkit.session.stored.slices import slice_columns
from evalkit.store.store import Store

SIZES = {"de": 30, "en": 40, "fr": 6, "it": 3}
ROWS = [
    {"id": f"{language}{i}", "input": f"{language}{i}", "target": "yes", "language": language,
     "tags": ["even", "all"] if i % 2 == 0 else ["all"]}
    for language, n in SIZES.items() for i in range(n)
]  # fmt: skip


def right(text: str) -> str:
    return "yes"


def worse_in_german(text: str) -> str:
    return "no" if text.startswith("de") and int(text[2:]) < 12 else "yes"


def evaluated(store: Path, task: evalkit.Task | None = None, **options: Any) -> evalkit.Results:
    models = {"base": right, "new": worse_in_german}
    settings = {"baseline": "subject:base", "progress": False, **options}
    return evalkit.evaluate(task or sliced(), models, store=store, **settings)


def sliced(by: str = "language", **keys: Any) -> evalkit.Task:
    gate = {"regression": {"metric": "accuracy", "by": by, "margin": 0.1}}
    return evalkit.Task(**{"task": "t", "samples": ROWS, "gates": [gate], **keys})


def verdicts(results: evalkit.Results) -> dict[str, Mapping[str, Any]]:
    return {row["gate"]: row for row in results.verdicts if row["model"] == "new"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> evalkit.Results:
    return evaluated(tmp_path_factory.mktemp("slices") / "store.duckdb")


def test_each_slice_has_a_verdict_of_its_own(results: evalkit.Results) -> None:
    found = {gate: row["verdict"] for gate, row in verdicts(results).items()}
    assert found == {
        "regression(accuracy)[language=de]": "fail",
        "regression(accuracy)[language=en]": "pass",
        "regression(accuracy)[language=fr]": "undecided",
        "regression(accuracy)[language=it]": "undecided",
    }


def test_the_verdict_is_over_the_samples_of_the_slice(results: evalkit.Results) -> None:
    german = verdicts(results)["regression(accuracy)[language=de]"]
    assert (german["n_paired"], german["baseline"], german["candidate"]) == (30, 1.0, 0.6)


def test_slices_too_small_to_show_anything_are_named_as_unseen(results: evalkit.Results) -> None:
    details = {gate: row["detail"] for gate, row in verdicts(results).items()}
    assert details["regression(accuracy)[language=it]"].startswith("Unseen: 3 samples have no p-value below")
    assert not details["regression(accuracy)[language=en]"].startswith("Unseen")


def test_the_store_knows_which_slices_were_too_small(results: evalkit.Results) -> None:
    with Store.open(results.store) as store:
        query = "SELECT gate FROM verdicts WHERE is_unseen AND verdict = 'undecided'"
        assert store.connection.execute(query).fetchall() == [("regression(accuracy)[language=it]",)]


def test_unseen_slices_take_no_alpha_from_the_others(results: evalkit.Results) -> None:
    assert "adjusted over 3 gates" in verdicts(results)["regression(accuracy)[language=de]"]["detail"]


def test_the_metric_over_all_samples_stands_beside_its_slices(results: evalkit.Results) -> None:
    values = {row["metric"]: row["value"] for row in results.metrics if row["model"] == "new"}
    assert values["accuracy[language=de]"] == 0.6
    assert values["accuracy"] == pytest.approx(1 - 12 / len(ROWS))


def test_the_store_knows_the_slices_again(results: evalkit.Results) -> None:
    with Store.open(results.store) as store:
        (evaluation, _) = store.evaluations(results.run_id)
        found = store.observations(evaluation.evaluation_id)
    assert isinstance(found, Observations)
    assert [found.slices["language"][i] for i in ("de0", "it2")] == [("de",), ("it",)]


def test_a_comparison_of_stored_runs_says_what_the_session_said(results: evalkit.Results) -> None:
    run = results.run_id
    compared = evalkit.compare(f"{run}::base", f"{run}::new", store=results.store)
    found = {row["metric"]: row["verdict"] for row in compared.findings if row["is_gate"]}
    assert found == {
        gate.replace("regression(accuracy)", "accuracy"): row["verdict"]
        for gate, row in verdicts(results).items()
    }


def test_a_sample_is_in_the_slice_of_each_of_its_tags(tmp_path: Path) -> None:
    task = evalkit.Task(task="t", samples=ROWS[:30], metrics=[{"accuracy": {"by": "tags"}}])
    results = evalkit.evaluate(task, {"m": worse_in_german}, store=tmp_path / "s.duckdb", progress=False)
    ns = {row["metric"]: row["n"] for row in results.metrics}
    assert (ns["accuracy[tags=all]"], ns["accuracy[tags=even]"]) == (30, 15)


def test_an_empty_cell_is_in_no_slice(tmp_path: Path) -> None:
    values = ["de", "", " ", None, float("nan"), ["de", ""]]
    rows = [{"id": str(i), "input": "x", "target": "yes", "lang": each} for i, each in enumerate(values * 5)]
    task = evalkit.Task(task="t", samples=rows, metrics=[{"accuracy": {"by": "lang"}}])
    results = evalkit.evaluate(task, {"m": worse_in_german}, store=tmp_path / "s.duckdb", progress=False)
    assert {row["metric"]: row["n"] for row in results.metrics if "[" in row["metric"]} == {
        "accuracy[lang=de]": 10
    }


def test_looks_before_the_end_leave_slices_to_the_end(tmp_path: Path) -> None:
    found = verdicts(evaluated(tmp_path / "s.duckdb", sequential=True))
    german = found["regression(accuracy)[language=de]"]
    assert german["verdict"] == "fail"
    assert "Asked to the end: a slice is decided when all of its samples were asked" in german["detail"]


@pytest.mark.parametrize(
    ("by", "what"),
    [
        ("langage", "gives no slice: no row has a value"),
        ("{{ [row] }}", "names no slice"),
        ("two words", "is neither a field nor a template"),
        (
            "{{ language }}-{{ size }}",
            "by '{{ language }}-{{ size }}': sample 'de0': template names field 'size'",
        ),
        ("blank", "gives no slice: no row has a value (fields: "),
    ],
)
def test_a_by_that_gives_no_slices_is_refused_before_anything_is_asked(
    tmp_path: Path, by: str, what: str
) -> None:
    rows = [{**row, "blank": ""} for row in ROWS]
    with pytest.raises(TaskError) as caught:
        evaluated(tmp_path / "s.duckdb", sliced(by, samples=rows))
    assert what in str(caught.value)


def test_slices_that_moved_are_found_unasked_the_worst_first(results: evalkit.Results) -> None:
    compared = evalkit.compare(f"{results.run_id}::base", f"{results.run_id}::new", store=results.store)
    found = [(row["slice"], row["finding"]) for row in compared.slices]
    assert compared.slices.to_arrow().column_names == ["task", "subject", *slice_columns()]
    assert found == [("language=de", "worse"), ("tags=even", "unclear"), *found[2:]]


def test_the_page_shows_the_slices_that_moved(results: evalkit.Results, tmp_path: Path) -> None:
    compared = evalkit.compare(f"{results.run_id}::base", f"{results.run_id}::new", store=results.store)
    page = compared.report(tmp_path / "page.html").read_text("utf-8")
    assert "Looked at though nobody asked: 4 slices by 2 fields of the rows (language, tags)." in page
    assert "language=de" in page.partition("Slices that moved, the worst first")[2][:2000]


def test_a_slice_of_an_edited_dataset_is_over_what_stayed_the_same(tmp_path: Path) -> None:
    store = tmp_path / "s.duckdb"
    first = evaluated(store, baseline=None).run_id
    rows = [{**row, "target": "Yes"} if row["id"] in ("de0", "de1") else row for row in ROWS]
    edited = [{**row, "language": "de"} if row["id"] == "en0" else row for row in rows]
    results = evaluated(store, sliced(samples=edited), baseline=f"run:{first}")
    german = verdicts(results)["regression(accuracy)[language=de]"]
    assert german["n_paired"] == 30 - 2 + 1  # what is German by the rows of today
