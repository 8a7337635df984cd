"""``--llm-tournament``: Subjects are asked side by side, and what is clearly behind is asked no further."""

from __future__ import annotations

import contextlib
import json

import pytest

import evalkit
from evalkit.cli import main
from evalkit.report.collect import collect
from evalkit.report.markdown import markdown
from evalkit.report.tournament import tournaments
from evalkit.runner.ask_order import ask_order
from evalkit.session.stored.source import StoredSource
from evalkit.session.tournament import tournament
from evalkit.store.store import Store
from tests.story import APP, Story

TASK = """
task: shout
dataset: {file: cases.jsonl}
metrics: [accuracy]
"""
#: Right on all samples, all but one in twenty, half of them, none.
MODELS = """
def best(text):
    return answer(text)

def good(text):
    answer(text)
    return text.upper() if int(text.split()[1]) % 20 else "?"

def half(text):
    answer(text)
    return text.upper() if int(text.split()[1]) % 2 else "?"

def never(text):
    answer(text)
    return "?"
"""
WAIT = """
import time, pathlib

def test_first():
    while not pathlib.Path("calls.txt").exists() or len(open("calls.txt").readlines()) < 6:
        time.sleep(0.005)
    raise KeyboardInterrupt
"""
THREE = ("--llm-model=python:app:half", "--llm-model=python:app:best")


@pytest.fixture
def shop(story: Story) -> Story:
    """200 samples, no gates, models that are good and bad."""
    story.write("app.py", APP + MODELS)
    story.write("suites/shout.eval.yaml", TASK)
    story.cases(200)
    return story


@pytest.fixture(autouse=True)
def one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every session asks in one order: in some orders a rule errs, which is its promise."""
    monkeypatch.setattr(tournament, "ask_order", lambda n, dataset_hash, _: ask_order(n, dataset_hash, "1"))


def standings(story: Story) -> dict[str, str]:
    rows = story.sql("""SELECT model, tournament->>'$.standing' AS standing
           FROM evaluations JOIN subjects USING (subject_id)""")
    return {row["model"].removeprefix("python:app:"): row["standing"] for row in rows}


def test_what_is_behind_is_dropped_and_the_winner_ends_the_asking(shop: Story) -> None:
    result = shop.run("--llm-tournament", "--llm-concurrency=2", *THREE, model="python:app:never")
    assert result.ret == 0
    assert standings(shop) == {"never": "dropped", "half": "dropped", "best": "winner"}
    n = len(shop.calls())
    assert n < 200
    text = result.stdout.str()
    assert "Tournament in accuracy of shout" in text
    told = " ".join(text.split())
    assert f"shout: asked for {n} of 600 responses" in told
    assert "python:app:best wins. The baseline python:app:never is behind." in told


def test_report_and_comment_have_the_standings(shop: Story) -> None:
    shop.run("--llm-tournament", *THREE, model="python:app:never")
    (page,) = (shop.path / "reports").glob("2*.html")
    text = page.read_text()
    assert '<section id="tournament"' in text
    assert '<section id="leaderboard"' not in text  # its tests know nothing of the tournament's looks
    file = shop.path / ".evalkit/results.duckdb"
    with Store.open(file) as store:
        comment = markdown(collect(StoredSource(store), store.run("latest").run_id))
    assert comment.startswith("### evalkit: ✓ One subject won")
    assert "shout: asked for" in comment
    assert "python:app:never (baseline)" in comment
    compared = evalkit.compare("latest::python:app:never", "latest::python:app:half", store=file)
    for row in compared.findings:  # nor do they say what holds of a number of samples fixed before
        assert (row["finding"], row["p_value"]) == ("dropped", None)
        assert "dropped after" in row["detail"]
    assert "dropped after" in text.partition('id="metrics"')[2]


def test_gates_of_the_dropped_are_neither_passed_nor_failed(shop: Story) -> None:
    shop.write("suites/shout.eval.yaml", TASK + "gates: [accuracy >= 0.2, accuracy >= 0.9]\n")
    result = shop.run("--llm-tournament=accuracy", "--llm-undecided=fail", *THREE, model="python:app:never")
    assert result.ret == 0
    rows = shop.sql(
        """SELECT DISTINCT model, verdict, is_dropped, n_samples
           FROM verdicts JOIN evaluations USING (evaluation_id) JOIN subjects USING (subject_id)
           ORDER BY model"""
    )
    assert [(row["model"][11:], row["verdict"], row["is_dropped"]) for row in rows] == [
        ("best", "pass", None), ("half", "undecided", True), ("never", "undecided", True)
    ]  # fmt: skip
    assert rows[0]["n_samples"] == 200
    assert rows[1]["n_samples"] < 100
    assert "2 passed, 4 dropped" in result.stdout.str()


def test_a_baseline_that_gates_compare_with_is_asked_to_the_end_though_it_is_behind(shop: Story) -> None:
    gates = "gates: [{regression: {metric: accuracy, margin: 0.05}}]\n"
    shop.write("suites/shout.eval.yaml", TASK + gates)
    options = ("--llm-tournament", "--llm-baseline=subject:python:app:half", "--llm-model=python:app:half")
    result = shop.run(*options, "--llm-model=python:app:never", model="python:app:best")
    assert result.ret == 0
    assert standings(shop) == {"best": "winner", "half": "dropped", "never": "dropped"}
    found = shop.sql(
        """SELECT model, verdict, n_samples, tournament->>'$.is_baseline' AS is_baseline
           FROM verdicts JOIN evaluations USING (evaluation_id) JOIN subjects USING (subject_id)"""
    )
    rows = {row["model"].removeprefix("python:app:"): row for row in found}
    assert (rows["best"]["verdict"], rows["best"]["n_samples"]) == ("pass", 200)
    assert (rows["half"]["verdict"], rows["half"]["n_samples"]) == ("undecided", 200)
    assert (rows["never"]["verdict"], rows["half"]["is_baseline"]) == ("undecided", "true")
    assert rows["never"]["n_samples"] < 100


def test_those_that_no_test_tells_apart_are_tied_and_told_what_it_would_take(shop: Story) -> None:
    shop.cases(60)
    result = shop.run("--llm-tournament", "--llm-model=python:app:best", model="python:app:good")
    assert standings(shop) == {"good": "tied", "best": "tied"}
    lines = " ".join(result.stdout.str().split())
    assert "asked for 120 of 120 responses" in lines
    assert "python:app:best and python:app:good are tied: no test tells them apart. About" in lines
    assert "The baseline is among them: no candidate is shown to be better." in lines


def test_workers_hold_one_tournament_with_repeats_and_a_budget(shop: Story) -> None:
    """The budget ends the asking before anything is told apart."""
    options = ("-n1", "--llm-repeats=2", "--llm-max-requests=20", "--llm-tournament")
    result = shop.run(*options, "--llm-model=python:app:best", model="python:app:good")
    assert result.ret == 0
    assert standings(shop) == {"good": "tied", "best": "tied"}
    (row,) = shop.sql("SELECT DISTINCT n_samples, tournament->>'$.n_samples' AS n FROM evaluations")
    assert (row["n_samples"], row["n"]) == (5, "5")
    assert "asked for 20 of 800 responses" in result.stdout.str()


def test_a_second_run_is_answered_by_the_cache_as_far_as_it_was_asked_before(shop: Story) -> None:
    options = ("--llm-tournament", "--llm-concurrency=1", "--llm-model=python:app:best?revision=1")
    shop.run(*options, model="python:app:half?revision=1")
    n = len(shop.calls())
    shop.run(*options, model="python:app:half?revision=1")
    assert len(shop.calls()) == n
    assert {
        row["n"] for row in shop.sql("SELECT count(tournament) AS n FROM evaluations GROUP BY run_id")
    } == {2}


def test_what_is_cut_off_says_that_it_is_a_partial_result(
    shop: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_HANGS_AT", "7")
    shop.write("suites/a/test_plain.py", WAIT)
    with contextlib.suppress(KeyboardInterrupt):
        shop.run("--llm-tournament", "--llm-model=python:app:best", model="python:app:good")
    assert standings(shop) == {"good": "open", "best": "open"}
    with Store.open(shop.path / ".evalkit/results.duckdb") as store:
        (found,) = tournaments(store.evaluations(store.run("latest").run_id))
    assert "cut off before its end, this is a partial result" in found.outcome
    assert found.calls_text == "cut off before 400 responses were asked for"


def test_from_python_and_from_the_command_line_it_is_the_same_tournament(
    shop: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shop.path)
    monkeypatch.syspath_prepend(shop.path)
    models = ["python:app:half", "python:app:best"]
    found = evalkit.evaluate("suites", models, tournament=True, concurrency=1, progress=False)
    (made,) = found.tournaments
    assert [(each.label[11:], each.record.standing) for each in made.entrants] == [
        ("best", "winner"), ("half", "dropped")
    ]  # fmt: skip
    command = ["run", "suites", "--tournament=accuracy", "--concurrency=1", "--report=off"]
    assert main([*command, *(f"--model={each}" for each in models)]) == 0
    assert made.calls_text in capsys.readouterr().out
    assert main(["show", "latest", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["evaluations"]
    assert [each["tournament"]["standing"] for each in shown] == ["dropped", "winner"]


def test_a_path_behind_the_bare_option_stays_a_path(pytester: pytest.Pytester) -> None:
    pytester.mkdir("suites")
    config = pytester.parseconfig("--llm-tournament", "suites")
    assert (config.getoption("llm_tournament"), config.args) == ("first", ["suites"])
    assert config.known_args_namespace.file_or_dir == ["suites"]  # whose conftest is loaded first
