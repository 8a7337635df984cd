"""``evalkit compare`` over more runs than two: a leaderboard at every door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.core.run import SubjectRecord
from tests.unit.cli.conftest import Command, answer
from tests.unit.store.records import write_run

N = 60
#: Right answers of each run; ``b`` and ``c`` are too near to each other.
RIGHT = {"a": 20, "b": 56, "c": 52}


def write(store: Path, run_id: str, n_right: int, model: str | None = None, prompt: str = "default") -> None:
    model = model or f"local/{run_id}"
    subject = SubjectRecord(f"{model}#{prompt}", model, prompt=prompt)
    values = (1.0,) * n_right + (0.0,) * (N - n_right)
    write_run(store, run_id, values=values, outcome=None, subject=subject)


@pytest.fixture
def three(store: Path) -> None:
    for run_id, n_right in RIGHT.items():
        write(store, run_id, n_right)


@pytest.mark.usefixtures("three")
def test_three_runs_are_ranked_with_their_ties(evalkit: Command) -> None:
    found = answer(evalkit, "compare", "a", "b", "c")
    (board,) = found["leaderboards"]
    assert [(each["subject"], each["ties"]) for each in board["standings"]] == [
        ("local/b", "a"), ("local/c", "a"), ("local/a", "b"),
    ]  # fmt: skip
    assert board["leaders"] == ["local/b", "local/c"]
    assert [each["outcome"] for each in board["pairs"]] == ["tie", "win", "win"]
    assert [each["run_id"] for each in found["runs"]] == ["a", "b", "c"]


@pytest.mark.usefixtures("three")
def test_the_terminal_shows_ranks_wins_every_pair_and_what_would_tell(evalkit: Command) -> None:
    status, out, _ = evalkit("compare", "a", "b", "c")
    assert status == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["2", "1–2", "local/c", "a", "0.867", "[0.100,", "0.900]", "1/0/1"] in lines
    assert ["2", "local/c", "=", "·", "+"] in lines
    (first,) = [line for line in lines if line[:3] == ["1", "-", "3"]]
    assert (first[3], first[-5:]) == ("+0.600", ["60", "36/0/24", "<", "0.001", "better"])
    text = " ".join(out.split())
    assert "no test tells which of them is best" in text
    assert "If it is as large as it looks, about" in text
    assert "Holm's procedure over all 3 pairs keeps the chance of any false difference at 5 %" in text


@pytest.mark.usefixtures("three")
def test_strict_ends_with_two_where_no_subject_is_best(evalkit: Command, store: Path) -> None:
    assert evalkit("compare", "a", "b", "c", "--strict")[0] == 2
    write(store, "worst", 2)
    assert evalkit("compare", "b", "a", "worst", "--strict")[0] == 0


@pytest.mark.usefixtures("three")
def test_two_runs_stay_a_comparison(evalkit: Command, store: Path) -> None:
    write(store, "again", 50, model="local/a")
    found = answer(evalkit, "compare", "a", "again")
    assert "comparisons" in found
    assert "leaderboards" not in found


def test_the_same_subject_of_two_runs_is_called_by_its_run(evalkit: Command, store: Path) -> None:
    for run_id, n_right in RIGHT.items():
        write(store, run_id, n_right, model="local/same")
    (board,) = answer(evalkit, "compare", "a", "b", "c")["leaderboards"]
    assert next(each["subject"] for each in board["standings"]) == "b::local/same"


def test_by_model_ranks_each_models_prompts_and_by_prompt_each_prompts_models(
    evalkit: Command, store: Path
) -> None:
    for run_id, model, prompt, n_right in (
        ("r1", "m", "long", 55), ("r2", "m", "short", 20), ("r3", "o", "long", 40), ("r4", "o", "short", 18),
    ):  # fmt: skip
        write(store, run_id, n_right, model, prompt)
    by_model = answer(evalkit, "compare", "r1", "r2", "r3", "r4", "--by=model")["leaderboards"]
    assert [(each["group"], each["winner"], each["n_family"]) for each in by_model] == [
        ("m", "m#long", 2), ("o", "o#long", 2),
    ]  # fmt: skip
    by_prompt = answer(evalkit, "compare", "r1", "r2", "r3", "r4", "--by=prompt")["leaderboards"]
    assert [(each["group"], each["leaders"]) for each in by_prompt] == [
        ("long", ["m#long"]), ("short", ["m#short", "o#short"]),
    ]  # fmt: skip


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a"], "nothing to rank: there is sums with local/a"),
        (["a", "b", "c", "--metric=acuracy"], "no metric 'acuracy' in these runs (did you mean accuracy?)"),
        (["a", "b", "c", "--by=model"], "--by model compares the prompts of one model"),
        (["a", "b", "c", "--margin=0.1"], "--margin is about two runs"),
        (["a", "b", "c", "--fail-on-regression"], "--fail-on-regression is about two runs"),
        (["a", "b", "c", "--alpha=0.9"], "alpha must be in (0, 0.5]"),
    ],
)
def test_what_cannot_be_ranked_is_one_error(evalkit: Command, words: list[str], said: str) -> None:
    status, out, err = evalkit("compare", *words)
    assert (status, out) == (4, "")
    assert said in err


@pytest.mark.usefixtures("three")
def test_a_page_and_a_summary_show_the_same_ranks(evalkit: Command, tmp_path: Path) -> None:
    page, summary = tmp_path / "all.html", tmp_path / "all.md"
    evalkit("compare", "a", "b", "c", f"--html={page}", f"--markdown={summary}")
    text = page.read_text()
    assert text.index('id="leaderboard"') < text.index('id="metrics"')
    assert 'title="local/b: not told apart against local/c"' in text
    assert "| 1–2 | local/c | `a` | 0.867 | \\[0.100, 0.900\\] |" in summary.read_text()
    assert "| 2 | local/c | = |  | + |" in summary.read_text()


@pytest.mark.usefixtures("three")
def test_python_finds_what_the_command_finds(evalkit: Command, store: Path) -> None:
    ranked = _compare(store)
    (board,) = answer(evalkit, "compare", "a", "b", "c")["leaderboards"]
    assert [each["subject"] for each in ranked.standings] == [each["subject"] for each in board["standings"]]
    assert [each["p_adjusted"] for each in ranked.pairs] == [each["p_adjusted"] for each in board["pairs"]]
    assert ranked.winner is None
    assert "no test tells which of them is best" in ranked._repr_html_()


def _compare(store: Path) -> Any:
    return evalkit.compare("run:a", "run:b", "run:c", store=store)
