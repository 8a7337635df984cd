"""What each command prints, and the status it ends with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from evalkit.core.run import SubjectRecord
from evalkit.models.embedded.weights import cached_path
from evalkit.session.stored.told import tell
from evalkit.store.store import Store
from tests.unit.cli.conftest import Command, answer
from tests.unit.store.records import SUBJECT, write_run

BETTER, WORSE = (1.0,) * 40, (1.0,) * 20 + (0.0,) * 20
OTHER = SubjectRecord("subject-2", "local/other")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["show"], "required: RUN"),
        (["runs"], "there is no store (run pytest with --llm-model first"),
        (["runs", "--limit", "many"], "is not a whole number of 0 or more"),
        (["baseline"], "required: action"),
        (["compare", "a", "b", "--alpha", "2"], "alpha in (0, 0.5]"),
    ],
)
def test_a_usage_error_is_one_line_and_status_4(evalkit: Command, words: list[str], said: str) -> None:
    status, out, err = evalkit(*words)
    assert (status, out) == (4, "")
    assert err.startswith("evalkit: ")
    assert err.count("\n") == 1
    assert said in err


def test_runs_lists_the_latest_first(store: Path, evalkit: Command) -> None:
    write_run(store, "old", started_at=1.0)
    write_run(store, "new", started_at=2.0, outcome="fail", git_dirty=True)
    status, out, _ = evalkit("runs")
    lines = out.splitlines()
    assert status == 0
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == ["run", "new", "old"]
    assert lines[1].split() == ["new", *lines[1].split()[1:4], "main@0123456*", "git", "1", "fail"]
    assert lines[2] == "  sums · local/tiny: accuracy 0.500 [0.100, 0.900]"


def test_runs_says_what_changed_against_the_run_before_of_the_same_task(
    store: Path, evalkit: Command
) -> None:
    write_run(store, "run-1", started_at=1.0)
    write_run(store, "other", started_at=2.0, task="other", git_commit="another")
    write_run(store, "run-2", started_at=3.0)
    write_run(store, "run-3", started_at=4.0, subject=replace(SUBJECT, subject_id="s", model_revision="rev2"))
    write_run(store, "run-4", started_at=5.0, subject=replace(OTHER, prompt="terse", prompt_hash="other"))
    runs = answer(evalkit, "runs")
    assert {run["run_id"]: run["changed"] for run in runs} == {
        "run-4": ["model", "prompt"], "run-3": ["model revision"], "run-2": [], "other": None, "run-1": None,
    }  # fmt: skip
    assert [run["changed_since"] for run in runs] == [["run-3"], ["run-2"], ["run-1"], [], []]
    lines = evalkit("runs")[1].splitlines()
    assert "  model, prompt  " in lines[1]
    assert lines[2] == "  sums · local/other#terse: accuracy 0.500 [0.100, 0.900]"
    assert "  nothing  " in lines[5]


def test_runs_shows_a_cost_in_part_as_the_least_it_was(store: Path, evalkit: Command) -> None:
    write_run(store, "run-1")
    assert [answer(evalkit, "runs")[0][key] for key in ("cost_usd", "is_cost_whole")] == [None, False]
    with Store.open(store, mode="write") as opened:
        opened.connection.execute("UPDATE responses SET cost_usd = 0.25 WHERE sample_id = 's0'")
    assert ">= $0.250" in evalkit("runs")[1]
    with Store.open(store, mode="write") as opened:
        opened.connection.execute("UPDATE responses SET cost_usd = 0.25")
    assert " $0.500 " in evalkit("runs")[1]


def test_runs_asks_the_store_as_often_for_many_runs_as_for_one(store: Path) -> None:
    ids = [f"run-{i}" for i in range(3)]
    for i, run_id in enumerate(ids):
        write_run(store, run_id, started_at=float(i))
    asked: dict[int, int] = {}
    with Store.open(store) as opened:
        connection = opened.connection
        for wanted in (ids[:1], ids):
            counting = Mock(wraps=connection)
            opened.connection = counting
            assert len(tell(opened, wanted)) == len(wanted)
            asked[len(wanted)] = counting.execute.call_count
        opened.connection = connection
    assert asked[1] == asked[3] == 1


def test_runs_tells_machines_everything_of_a_run(store: Path, evalkit: Command) -> None:
    write_run(store)
    (run,) = answer(evalkit, "runs")
    assert run["run_id"] == "run-a"
    assert run["started_at"] == "2023-11-14T22:13:20.500000+00:00"
    assert run["verdicts"] == {"pass": 1}


def test_runs_shows_no_more_than_asked_for(store: Path, evalkit: Command) -> None:
    for i in range(3):
        write_run(store, f"run-{i}", started_at=float(i))
    assert [run["run_id"] for run in answer(evalkit, "runs", "--limit", "2")] == ["run-2", "run-1"]


def test_the_store_of_a_folder_above_is_found(
    store: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(store)
    (store.parent.parent / "deep/er").mkdir(parents=True)
    monkeypatch.chdir(store.parent.parent / "deep/er")
    assert len(answer(evalkit, "runs")) == 1


def test_the_environment_can_name_the_store(
    tmp_path: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(tmp_path / "team.duckdb")
    monkeypatch.setenv("EVALKIT_STORE", str(tmp_path / "team.duckdb"))
    assert len(answer(evalkit, "runs")) == 1


def test_show_tells_metrics_and_verdicts(store: Path, evalkit: Command) -> None:
    write_run(store)
    status, out, _ = evalkit("show", "latest")
    assert status == 0
    assert "sums · local/tiny" in out
    assert "accuracy  0.500  [0.100, 0.900]" in out
    assert "✓ pass" in out


def test_show_tells_machines_the_metrics(store: Path, evalkit: Command) -> None:
    write_run(store)
    (evaluation,) = answer(evalkit, "show", "run-a")["evaluations"]
    assert evaluation["subject"]["model"] == "local/tiny"
    assert evaluation["metrics"][0]["value"] == 0.5
    assert evaluation["verdicts"][0]["gate"] == "accuracy >= 0.5"


def test_show_takes_a_baselines_name(store: Path, evalkit: Command) -> None:
    write_run(store)
    evalkit("baseline", "set", "main", "run-a")
    assert answer(evalkit, "show", "main")["run_id"] == "run-a"


def test_an_unknown_run_names_the_baselines_too(store: Path, evalkit: Command) -> None:
    write_run(store)
    evalkit("baseline", "set", "main", "run-a")
    status, _, err = evalkit("show", "mian")
    assert status == 4
    assert "baselines: main" in err


def test_sql_prints_a_table(store: Path, evalkit: Command) -> None:
    write_run(store)
    status, out, _ = evalkit("sql", "SELECT sample_id, value FROM scores ORDER BY sample_id")
    assert status == 0
    assert out == "sample_id  value\ns0             1\ns1             0\n"


def test_sql_tells_machines_a_list_of_objects(store: Path, evalkit: Command) -> None:
    write_run(store)
    query = "SELECT output, created_at, argv FROM responses, runs ORDER BY position"
    assert answer(evalkit, "sql", query)[0] == {
        "output": "1",
        "created_at": "2023-11-14T22:13:21",
        "argv": ["pytest", "suites"],
    }
    assert answer(evalkit, "sql", "SELECT 1 AS x WHERE false") == []


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM runs",
        "DROP TABLE runs",
        "CREATE TABLE mine (x INTEGER)",
        "COPY runs TO 'stolen.csv'",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "SET threads = 1",
        "SELECT 1; DELETE FROM runs",
        "SELECT * FROM read_text('/etc/hostname')",
        "EXPLAIN ANALYZE DELETE FROM runs",
        "",
    ],
)
def test_sql_refuses_whatever_does_not_only_read_the_store(store: Path, evalkit: Command, query: str) -> None:
    write_run(store)
    before = sorted(store.parent.parent.rglob("*"))
    status, out, err = evalkit("sql", query)
    assert (status, out) == (4, "")
    assert err.count("\n") == 1
    assert sorted(store.parent.parent.rglob("*")) == before
    assert len(answer(evalkit, "runs")) == 1


def test_a_wrong_query_is_one_line(store: Path, evalkit: Command) -> None:
    write_run(store)
    status, _, err = evalkit("sql", "SELECT nonsense FROM runs")
    assert status == 4
    assert "nonsense" in err
    assert err.count("\n") == 1


def test_baselines_are_set_and_listed(store: Path, evalkit: Command) -> None:
    write_run(store)
    assert evalkit("baseline", "list")[1] == "no baselines yet: evalkit baseline set NAME RUN\n"
    assert evalkit("baseline", "set", "main", "latest")[0] == 0
    assert [(b["name"], b["run_id"]) for b in answer(evalkit, "baseline", "list")] == [("main", "run-a")]


def test_a_run_with_a_failing_gate_is_refused_as_baseline(store: Path, evalkit: Command) -> None:
    write_run(store, outcome="fail")
    status, _, err = evalkit("baseline", "set", "main", "latest")
    assert status == 4
    assert "cannot become baseline 'main': sums: accuracy >= 0.5 is fail" in err


def test_options_may_stand_before_or_behind_a_sub_command(tmp_path: Path, evalkit: Command) -> None:
    path = tmp_path / "other.duckdb"
    write_run(path)
    for words in (["baseline", "--store", str(path), "list"], ["baseline", "list", "--store", str(path)]):
        assert evalkit(*words)[0] == 0


def test_compare_ends_with_1_when_something_got_worse(store: Path, evalkit: Command) -> None:
    write_run(store, "good", values=BETTER)
    write_run(store, "bad", values=WORSE)
    status, out, _ = evalkit("compare", "good", "bad")
    assert status == 1
    assert out.splitlines()[5].split()[-3:] == ["0/20/20", "✗", "worse"]


def test_compare_ends_with_0_when_nothing_got_worse(store: Path, evalkit: Command) -> None:
    write_run(store, "good", values=BETTER)
    write_run(store, "bad", values=WORSE)
    assert evalkit("compare", "bad", "good")[0] == 0
    assert [c["finding"] for c in answer(evalkit, "compare", "bad", "good")["comparisons"]] == ["better"]


def test_compare_tells_the_reason_of_what_did_not_pass_alone(store: Path, evalkit: Command) -> None:
    write_run(store, "good", values=BETTER)
    write_run(store, "bad", values=WORSE)
    assert "Worse than the baseline" in evalkit("compare", "good", "bad")[1]
    assert "than the baseline" not in evalkit("compare", "bad", "good")[1]


@pytest.mark.parametrize("n_errors, metrics", [(0, ["accuracy"]), (1, ["accuracy", "error_rate"])])
def test_an_error_rate_is_compared_only_where_something_failed(
    store: Path, evalkit: Command, n_errors: int, metrics: list[str]
) -> None:
    write_run(store, "a", values=BETTER)
    write_run(store, "b", values=BETTER)
    specs = '{"accuracy": ["accuracy", {}], "error_rate": ["error_rate", {}]}'
    with Store.open(store, mode="write") as opened:
        opened.connection.execute("UPDATE evaluations SET metric_specs = ?, n_errors = ?", [specs, n_errors])
    assert [each["metric"] for each in answer(evalkit, "compare", "a", "b")["comparisons"]] == metrics


def test_two_runs_without_a_metric_to_test_are_no_error(store: Path, evalkit: Command) -> None:
    write_run(store, "a")
    write_run(store, "b")
    with Store.open(store, mode="write") as opened:
        opened.connection.execute("UPDATE evaluations SET metric_specs = '{}'")
    status, out, _ = evalkit("compare", "a", "b")
    assert (status, out.splitlines()[-1]) == (0, "no metric that a paired test fits is on both sides")


def test_compare_ends_with_2_when_undecided_only_if_strict(store: Path, evalkit: Command) -> None:
    write_run(store, "a", values=(1.0, 1.0, 1.0))
    write_run(store, "b", values=(1.0, 1.0, 0.0))
    assert evalkit("compare", "a", "b")[0] == 0
    assert evalkit("compare", "a", "b", "--strict")[0] == 2


def test_what_cannot_be_compared_counts_as_worse_only_if_asked(store: Path, evalkit: Command) -> None:
    write_run(store, "a", values=BETTER)
    write_run(store, "b", values=BETTER)
    with Store.open(store, mode="write") as opened:
        opened.connection.execute("UPDATE evaluations SET dataset_hash = 'other' WHERE run_id = 'b'")
    status, out, _ = evalkit("compare", "a", "b")
    assert status == 0
    assert "not comparable" in out
    assert "dataset hash differs" in out
    assert evalkit("compare", "a", "b", "--fail-on-regression")[0] == 1


def test_single_subjects_meet_although_they_differ(store: Path, evalkit: Command) -> None:
    write_run(store, "a", values=BETTER)
    write_run(store, "b", values=WORSE, subject=OTHER)
    (comparison,) = answer(evalkit, "compare", "a", "b")["comparisons"]
    assert (comparison["baseline_subject"], comparison["subject"]) == ("local/tiny", "local/other")


def test_a_subject_of_a_run_can_be_chosen(store: Path, evalkit: Command) -> None:
    write_run(store, "a", values=BETTER)
    write_run(store, "b", values=WORSE, subject=OTHER)
    assert evalkit("compare", "a::local/tiny", "b::local/other")[0] == 1
    status, _, err = evalkit("compare", "a::local/tinny", "b")
    assert status == 4
    assert "did you mean local/tiny?" in err


def test_runs_with_nothing_in_common_are_a_usage_error(store: Path, evalkit: Command) -> None:
    write_run(store, "a")
    write_run(store, "b", task="other")
    status, _, err = evalkit("compare", "a", "b")
    assert status == 4
    assert "nothing to compare: the baseline has sums with local/tiny, the candidate other" in err


def test_compare_writes_a_page_and_a_summary(store: Path, evalkit: Command, tmp_path: Path) -> None:
    write_run(store, "good", values=BETTER)
    write_run(store, "bad", values=WORSE)
    evalkit("compare", "good", "bad", "--html", "diff/page.html", "--markdown", "diff/summary.md")
    assert "<html" in (tmp_path / "diff/page.html").read_text(encoding="utf-8")
    assert "accuracy" in (tmp_path / "diff/summary.md").read_text(encoding="utf-8")


def test_two_subjects_of_one_run_are_compared(store: Path, evalkit: Command, tmp_path: Path) -> None:
    write_run(store, "a", values=BETTER)
    write_run(store, "b", values=WORSE, subject=OTHER)
    with Store.open(store, mode="write") as opened:
        opened.connection.execute("UPDATE evaluations SET run_id = 'a'")
    words = ("compare", "a::local/tiny", "a::local/other", "--html", "page.html")
    assert evalkit(*words)[0] == 1
    assert "local/other" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_report_writes_a_page_for_each_run_and_an_index(
    store: Path, evalkit: Command, tmp_path: Path
) -> None:
    write_run(store, "run-a", subject=SUBJECT)
    write_run(store, "run-b")
    written = answer(evalkit, "report", "run-a", "run-b")
    assert written["reports"] == {"run-a": "reports/run-a.html", "run-b": "reports/run-b.html"}
    assert (tmp_path / written["reports"]["run-b"]).exists()
    assert "run-a.html" in (tmp_path / written["index"]).read_text(encoding="utf-8")


def test_doctor_says_what_is_there_and_what_is_missing(store: Path, evalkit: Command) -> None:
    found = {each["name"]: each for each in answer(evalkit, "doctor")}
    assert found["duckdb"]["is_there"]
    assert not found["store"]["is_there"]
    assert "pytest with --llm-model" in found["store"]["hint"]
    for level in ("bwrap", "userns", "process", "docker"):
        sandbox = found[f"sandbox {level}"]
        assert sandbox["detail"] if sandbox["is_there"] else level in sandbox["hint"]


def test_doctor_prints_a_line_for_each_thing(evalkit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.cli.doctor._sandbox_levels", lambda: iter(()))
    status, out, _ = evalkit("doctor")
    assert status == 0
    assert out.splitlines()[1].startswith("ok       evalkit")


def test_setup_does_not_fetch_what_is_there(
    tmp_path: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALKIT_CACHE_DIR", str(tmp_path))
    path = cached_path("gemma3-270m")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF")
    assert answer(evalkit, "setup", "local", "gemma3-270m") == {"gemma3-270m": str(path)}


def test_setup_says_which_models_it_knows(evalkit: Command) -> None:
    status, _, err = evalkit("setup", "local", "smollm")
    assert status == 4
    assert "did you mean smollm2?" in err


def test_show_influence_ranks_samples_by_what_they_move(store: Path, evalkit: Command) -> None:
    write_run(store, "run-1", values=WORSE)
    (found,) = answer(evalkit, "show", "run-1", "--influence", "accuracy")
    shares = [each["share"] for each in found["influences"]]
    assert shares == sorted(shares, key=abs, reverse=True)
    assert sum(share > 0 for share in shares) == 20
    status, _, err = evalkit("show", "run-1", "--influence", "acuracy")
    assert (status, "did you mean accuracy" in err) == (4, True)
