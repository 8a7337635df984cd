"""What to do about a change: the action, and commands that exist."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from evalkit.core.run import Run
from evalkit.drift.advice import pinned_spec
from evalkit.drift.finding import Finding
from evalkit.drift.session_command import session
from evalkit.store.store import Store
from tests.unit.drift.histories import write_history
from tests.unit.drift.test_finding import FELL, findings, from_step


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "results.duckdb"


def only(store: Path, metric: str = "accuracy") -> Finding:
    (found,) = findings(store, metric=metric)
    return found


def test_a_revision_that_is_a_models_name_is_pinned_by_asking_for_it(store: Path) -> None:
    write_history(store, FELL, revisions=from_step("small-2024", "small-2025"), answers=from_step("a", "b"))
    advice = only(store).advice
    assert advice.action == "pin"
    assert advice.commands[0] == "pytest suites --llm-model=openai/small-2024"


@pytest.mark.parametrize(
    ("model", "revision", "pinned"),
    [
        (
            "openai/gpt-4o?base_url=http://x&seed=1",
            "gpt-4o-2024",
            "openai/gpt-4o-2024?base_url=http://x&seed=1",
        ),
        ("openai/org/mixtral", "mixtral-v2", "openai/mixtral-v2"),
        ("openai/gpt-4o", "sha256:ab", None),
        ("local/smollm2", "smollm2-b", None),
        ("subject-1", "subject-1b", None),
    ],
)
def test_only_what_can_be_asked_for_by_name_is_pinned(model: str, revision: str, pinned: str | None) -> None:
    assert pinned_spec(model, revision) == pinned


def test_other_data_ask_for_the_baselines_from_before_anew(store: Path) -> None:
    write_history(store, FELL, datasets=from_step("x", "y"))
    with Store.open(store, mode="write") as opened:
        opened.connection.execute("INSERT INTO baselines VALUES ('main', 'run-all-003', now())")
        opened.connection.execute("INSERT INTO baselines VALUES ('new', 'run-all-039', now())")
        opened.connection.execute("UPDATE runs SET git_commit = run_id")
    advice = only(store).advice
    assert advice.action == "refresh"
    assert advice.commands == (
        "evalkit compare run-all-024 run-all-025 --html drift-samples.html",
        "git diff run-all-024 run-all-025",
        "pytest suites --llm-model=openai/small --llm-save-baseline=main",
    )


def test_errors_are_looked_at_by_their_texts(store: Path) -> None:
    write_history(store, 1 - FELL, metric="error_rate", is_higher_better=False)
    advice = only(store, "error_rate").advice
    assert advice.action == "look"
    program, command, query = shlex.split(advice.commands[0])
    assert (program, command) == ("evalkit", "sql")
    with Store.open(store) as opened:
        assert opened.ask(query).columns == ("error", "n")


def test_what_got_better_can_become_the_baseline(store: Path) -> None:
    write_history(store, FELL[::-1])
    with Store.open(store, mode="write") as opened:
        opened.connection.execute("INSERT INTO baselines VALUES ('main branch', 'run-all-003', now())")
    advice = only(store).advice
    assert (advice.action, advice.commands) == ("accept", ("evalkit baseline set 'main branch' latest",))


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["pytest", "a", "--llm-model", "m", "-n", "2", "--llm-save-baseline=main"], "pytest a -n 2 X"),
        (
            ["pytest", "--llm-prompt=p=f", "--api-key", "…", "b c"],
            "pytest --llm-prompt=p=f --api-key 'b c' X",
        ),
        (["evalkit", "import"], None),
        ([], None),
    ],
)
def test_a_session_is_asked_again_without_what_was_its_own(argv: list[str], line: str | None) -> None:
    assert session(Run("r", 0.0, argv=tuple(argv)), "X") == line
