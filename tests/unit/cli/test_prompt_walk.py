"""A prompt gets worse, the gate fails, blame names the version, revert brings the earlier text back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.git_project import GitProject
from tests.unit.cli.conftest import Command, answer

MODEL = "python:moods:answer"
APP = """
def answer(prompt):
    has_rule = "one word" in prompt
    return "good" if has_rule or "7" in prompt else "It is good, I would say"
"""
HALVES = """
def answer(prompt):
    half = "The" in prompt and int(prompt.split()[-1]) % 2
    return "good" if "one word" in prompt or half else "bad"
"""
TASK = """
task: moods
samples: [SAMPLES]
scorers: [exact_match]
gates: [{regression: {metric: accuracy, margin: 0.02}}]
prompt: "{{ input }}"
"""
RULE = "Answer with one word.\n"
TEXTS = [
    f"user:\n{RULE}Text: {{{{ input }}}}\n",
    f"user:\n{RULE}The text: {{{{ input }}}}\n",
    "user:\nThe text: {{ input }}\n",
    "user:\nThis text: {{ input }}\n",
    "user:\nHere is a text: {{ input }}\n",
]


@pytest.fixture
def project(store: Path, monkeypatch: pytest.MonkeyPatch) -> GitProject:
    folder = store.parent.parent
    found = GitProject(folder)
    samples = ", ".join(f'{{id: "{i}", input: "text {i}", target: good}}' for i in range(40))
    (folder / "moods.eval.yaml").write_text(TASK.replace("SAMPLES", samples), encoding="utf-8")
    (folder / "moods.py").write_text(APP, encoding="utf-8")
    (folder / ".gitignore").write_text(".evalkit/\n__pycache__/\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    for number, text in enumerate(TEXTS, 1):
        found.commit(f"Version {number}", text, "prompts/mood.jinja")
    return found


def test_a_worse_prompt_is_gated_blamed_and_reverted(project: GitProject, evalkit: Command) -> None:
    def run(prompt: str, *more: str) -> tuple[int, str]:
        words = ["moods.eval.yaml", f"--model={MODEL}", f"--prompt={prompt}", "--report=off", *more]
        status, out, err = evalkit("run", *words)
        return status, out + err

    assert run("mood@1", "--save-baseline=main")[0] == 0
    assert evalkit("prompts", "label", "mood", "1", "production")[0] == 0
    status, said = run("mood=prompts/mood.jinja", "--baseline=main")
    assert (status, "fail" in said) == (1, True)
    candidate = answer(evalkit, "runs")[0]["run_id"]
    status, said = run("mood@production", "--prompt=mood@5", "--baseline=subject:mood@production")
    assert (status, "mood@5" in said) == (1, True)

    found = answer(evalkit, "prompts", "blame", "mood", "main", candidate, "--suite=moods.eval.yaml")
    assert (found["outcome"], found["culprit"]["version"]) == ("found", 3)
    assert found["culprit"]["git_author"] == "Ada"
    assert [each["source"] for each in found["looked"]].count("asked") == 2
    assert (found["n_asked"], found["n_cached"]) == (80, 0)
    status, out, _ = evalkit("prompts", "blame", "mood", "main", candidate)  # all of it is stored now
    assert (status, "mood@3 brought it, commit" in out, "asked: 0 calls" in out) == (0, True, True)

    assert evalkit("prompts", "revert", "mood", "2")[1].startswith("prompts/mood.jinja is mood@2 again")
    assert run("mood=prompts/mood.jinja", "--baseline=main")[0] == 0
    logged = answer(evalkit, "prompts", "log", "mood")
    reached = {each["version"]: [metric["value"] for metric in each["metrics"]] for each in logged}
    assert (reached[1], reached[2], reached[3]) == ([1.0], [1.0], [0.1])
    assert [each["version"] for each in logged if each["labels"]] == [1]


def test_a_second_search_begins_at_the_same_end_and_tells_of_the_other_loss(
    project: GitProject, evalkit: Command
) -> None:
    (project.folder / "halves.py").write_text(HALVES, encoding="utf-8")
    for prompt in ("mood@1", "mood@5"):
        words = ["moods.eval.yaml", "--model=python:halves:answer", f"--prompt={prompt}", "--report=off"]
        assert evalkit("run", *words, *(["--save-baseline=main"] if prompt == "mood@1" else []))[0] == 0
    command = ("prompts", "blame", "mood", "main", "--suite=moods.eval.yaml")
    first, second = (answer(evalkit, *command) for _ in range(2))
    assert first["candidate_run"] == second["candidate_run"]
    assert (second["culprit"]["version"], second["n_asked"]) == (3, 0)
    (other,) = second["others"]
    told = next(line for line in evalkit(*command)[1].splitlines() if "mood@5 is worse than mood@3" in line)
    words = told.split(": evalkit ")[1].split()
    assert words[3:5] == other
    assert answer(evalkit, *words)["culprit"]["version"] == 4
