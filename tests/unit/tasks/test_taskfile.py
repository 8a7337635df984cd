from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.task import Task
from evalkit.errors import TaskError
from evalkit.tasks.taskfile import load_task_file

HEAD = "task: demo\nsamples: [{input: a, target: b}]\n"


def load(tmp_path: Path, text: str) -> list[Task]:
    path = tmp_path / "demo.eval.yaml"
    path.write_text(text, encoding="utf-8")
    return load_task_file(path)


def test_a_file_may_hold_several_tasks(tmp_path: Path) -> None:
    assert [task.task for task in load(tmp_path, HEAD + "---\n" + HEAD.replace("demo", "other"))] == [
        "demo",
        "other",
    ]


def test_the_file_is_remembered_so_that_data_can_be_found_beside_it(tmp_path: Path) -> None:
    (task,) = load(tmp_path, HEAD)
    assert task.source == tmp_path / "demo.eval.yaml"


def test_choices_stay_as_they_are_written(tmp_path: Path) -> None:
    (task,) = load(tmp_path, HEAD + "choices: [yes, no, true, 1.0]")
    assert task.choices == ("yes", "no", "true", "1.0")


def test_choices_may_be_a_template(tmp_path: Path) -> None:
    (task,) = load(tmp_path, HEAD + 'choices: "{{ options }}"')
    assert task.choices == "{{ options }}"


def test_metrics_of_a_scorer_and_gates_on_them_are_known(tmp_path: Path) -> None:
    (task,) = load(tmp_path, HEAD + "metrics: [mean:contains]\ngates: [mean:contains >= 0.5]")
    assert [spec.label for spec in task.metric_specs] == ["mean:contains"]


BROKEN = [
    ("metrisc: [accuracy]", 3, "unknown key 'metrisc'", "did you mean metrics?"),
    ("metrics:\n  - f1\n  - acuracy", 5, "unknown metric 'acuracy'", "did you mean accuracy?"),
    ("scorers:\n  - exact_mach", 4, "unknown scorer 'exact_mach'", "did you mean exact_match"),
    ("metrics: [mean:contians]", 3, "unknown scorer 'contians'", "did you mean contains?"),
    ("gates:\n  - error_rate <= 0\n  - acuracy >= 0.5", 5, "unknown metric 'acuracy'", "accuracy"),
    ("gates:\n  - regression: {metric: mmc}", 4, "unknown metric 'mmc'", "mcc"),
    ("gates:\n  - accuracy => 0.5", 4, "cannot be read", "METRIC OP NUMBER"),
    ("gates:\n  - regression: {metric: mcc, margn: 1}", 4, "unknown key 'margn'", "margin"),
    ("generate:\n  temperature: 0\n  max_token: 3", 5, "unknown key 'max_token'", "max_tokens"),
    ("generate: {stop: 5}", 3, "stop 5 is not a text", ""),
    ("fewshot:\n  n: 2\n  sed: 1", 5, "unknown key 'sed'", "seed"),
    ("fewshot: {n: two}", 3, "n 'two' is not a whole number", ""),
    ("choices: [a]", 3, "not two or more different labels", ""),
    ("scoring: rank", 3, "scoring 'rank' is unknown", "loglikelihood"),
    ("max_error_rate: lots", 3, "max_error_rate 'lots' is not a share in 0..1", ""),
    ("about: 5", 3, "about 5 is not a text", ""),
    ("tags: glue", 3, "tags 'glue' is not a list", "tags: ["),
    ("dataset: {file: a.jsonl}", 2, "both dataset and samples", ""),
    ("tags: [a]\ntags: [b]", 4, "key 'tags' appears twice", ""),
    ("quarantine:\n  - {sample: a, until: soon}", 4, "which is not a date", "until: 2026-12-31"),
    ("quarantine:\n  - sample: a\n    untill: 2026-12-31", 5, "unknown key 'untill'", "until"),
    ("prompt: [1]", 3, "prompt message 1 cannot be read", ""),
]


@pytest.mark.parametrize("text, line, what, hint", BROKEN, ids=[case[2] for case in BROKEN])
def test_a_mistake_is_one_error_with_file_line_and_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: int, what: str, hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TaskError) as caught:
        load(tmp_path, HEAD + text)
    assert caught.value.where == f"demo.eval.yaml:{line}"
    assert what in caught.value.what
    assert hint in (caught.value.hint or "")


def test_a_mistake_in_a_later_document_has_its_line_in_the_file(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="unknown key") as caught:
        load(tmp_path, HEAD + "---\n" + "task: other\nsample: []\n")
    assert str(caught.value.where).endswith(":5")


@pytest.mark.parametrize(
    "text, what",
    [
        ("", "holds no task"),
        ("# a comment\n", "holds no task"),
        ("samples: []\n", "has no name"),
        ("task: ''\nsamples: [{}]\n", "is not a text"),
        ("task: 5\nsamples: [{}]\n", "is not a text"),
        ("- task\n", "a list stands where"),
        ("task: x\n", "no dataset"),
        (HEAD + "---\n" + HEAD, "appears twice"),
    ],
)
def test_a_file_that_holds_no_task_says_so(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(TaskError, match=what) as caught:
        load(tmp_path, text)
    assert "demo.eval.yaml" in str(caught.value.where)


def test_a_file_that_is_not_there_or_not_text_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="cannot be read"):
        load_task_file(tmp_path / "none.eval.yaml")
    (tmp_path / "bad.eval.yaml").write_bytes(b"task: \xff")
    with pytest.raises(TaskError, match="not UTF-8"):
        load_task_file(tmp_path / "bad.eval.yaml")
