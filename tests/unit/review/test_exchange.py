"""Labels go to Argilla and Label Studio and come back, once, to the answers that they belong to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.calibrating.label_files import read_labels
from evalkit.cli import main
from evalkit.core.response import Response
from evalkit.core.review import Review, ReviewItem, ReviewProject
from evalkit.review.question import question_of
from evalkit.store.journal import Journal
from evalkit.store.reviews import labels_of, project_row, review_row, reviews_of
from evalkit.store.store import Store
from tests.unit.calibrating.judged import BINARY
from tests.unit.review.desks import add_answers, numbered

ASKED = question_of("pass_fail").question_hash
TOOLS = ("argilla", "label-studio")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four answers of one run, in the store of the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / ".evalkit/results.duckdb"
    path.parent.mkdir()
    add_answers(path, "run-a", numbered(4))
    return path


def keep(path: Path, *reviews: Review) -> None:
    journal = Journal.open(path, "review-x")
    assert journal is not None
    journal.append([("reviews", review_row(each)) for each in reviews])
    journal.close()


def passed(sample: str, reviewer: str = "anna", label: str = "pass", **changes: Any) -> Review:
    item = ReviewItem.of(("run-a-1", sample, 0), None, "unsure", 0.5)
    value = {"pass": 1.0, "fail": 0.0}.get(label)
    values = {"kind": "pass_fail", "value": float(label) if value is None else value, "created_at": 1e9}
    return Review(
        f"{sample}-{reviewer}-{label}",
        reviewer,
        item,
        label=label,
        **{"question_hash": ASKED, **values, **changes},
    )


def pair(sample: str, label: str, value: float) -> Review:
    item = ReviewItem.of(("run-a-1", sample, 0), ("run-b-1", 0))
    asked = question_of("pairwise").question_hash
    return Review(
        f"pair-{sample}", "anna", item, "pairwise", label, value, 1e9, shown_left="response",
        question_hash=asked,
    )  # fmt: skip


def done(*words: str) -> None:
    assert main(["review", *words]) == 0


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["review", *words]) == 4
    return capsys.readouterr().err


def said(path: Path) -> list[tuple[str, str, str]]:
    """Sample, reviewer and label of all that counts."""
    with Store.open(path) as store:
        return [
            (each.sample_id, each.reviewer, each.label) for each in labels_of(store.connection, "run-a-1")
        ]


def exported(form: str) -> Any:
    done("export", "--to=out.json", f"--format={form}")
    return json.loads(Path("out.json").read_text(encoding="utf-8"))


def argilla_says(record: Any, user: str, value: Any, question: str = "label") -> None:
    record["responses"].setdefault(question, []).append({"value": value, "user_id": user})


def studio_says(task: Any, who: Any, value: Any, kind: str = "choices", name: str = "label") -> None:
    key = {"choices": "choices", "rating": "rating", "pairwise": "selected", "textarea": "text"}[kind]
    result = {"from_name": name, "to_name": "output", "type": kind, "value": {key: value}}
    task["annotations"].append({"completed_by": who, "result": [result], "lead_time": 2.5})


def write(value: Any, name: str = "back.json") -> str:
    Path(name).write_text(json.dumps(value), encoding="utf-8")
    return name


def test_a_record_of_argilla_has_the_form_that_its_sdk_writes(store: Path) -> None:
    # As argilla 2.8 prints Record.to_dict(): every key, and responses by question.
    keep(store, passed("s0", comment="fine"))
    record = exported("argilla")[0]
    assert list(record) == [
        "id", "fields", "metadata", "suggestions", "responses", "vectors", "status", "_server_id",
    ]  # fmt: skip
    assert record["fields"] == {"input": "question of s0", "output": "answer 0"}
    (label,), (comment,) = record["responses"]["label"], record["responses"]["comment"]
    assert (label["value"], comment["value"]) == ("pass", "fine")
    assert label["user_id"] == comment["user_id"]
    assert all(isinstance(value, str | int | float) for value in record["metadata"].values())


def test_a_task_of_label_studio_has_data_and_annotations(store: Path) -> None:
    keep(store, passed("s0", seconds=2.5, comment="fine"))
    task = exported("label-studio")[0]
    assert {name: task["data"][name] for name in ("input", "output")} == {
        "input": "question of s0", "output": "answer 0",
    }  # fmt: skip
    (annotation,) = task["annotations"]
    assert annotation["lead_time"] == 2.5
    assert annotation["result"][0]["value"] == {"choices": ["pass"]}
    assert annotation["result"][1]["value"] == {"text": ["fine"]}


@pytest.mark.parametrize("tool", TOOLS)
def test_what_was_exported_is_known_when_it_comes_back(
    store: Path, tool: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(store, passed("s0"), passed("s1", "ben", "fail"))
    exported(tool)
    done("import", "out.json")
    assert f"0 labels from {tool} (2 known already)" in capsys.readouterr().out


@pytest.mark.parametrize("tool", TOOLS)
def test_labels_of_the_tool_become_labels_of_the_answers(store: Path, tool: str) -> None:
    items = exported(tool)
    for number, label in enumerate(("pass", "fail")):
        if tool == "argilla":
            argilla_says(items[number], "u1", label)
        else:
            studio_says(items[number], 7, [label])
    done("import", write(items))
    who = "argilla-u1" if tool == "argilla" else "label-studio-7"
    assert said(store) == [("s0", who, "pass"), ("s1", who, "fail")]


def test_the_same_file_again_adds_nothing_and_a_changed_label_replaces(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    items = exported("label-studio")
    studio_says(items[0], {"email": "ben@example.org"}, ["pass"])
    done("import", write(items))
    done("import", "back.json")
    assert "0 labels from label-studio (1 known already)" in capsys.readouterr().out
    items[0]["annotations"][0]["result"][0]["value"]["choices"] = ["fail"]
    done("import", write(items))
    assert "(1 replaced)" in capsys.readouterr().out
    assert said(store) == [("s0", "ben@example.org", "fail")]


def test_a_review_keeps_why_its_sample_was_picked(store: Path) -> None:
    keep(store, passed("s0"))
    items = exported("argilla")
    argilla_says(items[0], "u1", "fail")
    done("import", write(items))
    with Store.open(store) as opened:
        found = {each.reviewer: each.item for each in reviews_of(opened.connection, ["run-a-1"])}
    assert (found["argilla-u1"].picked_for, found["argilla-u1"].inclusion_probability) == ("unsure", 0.5)


def test_cancelled_annotations_are_no_labels(store: Path) -> None:
    items = exported("label-studio")
    studio_says(items[0], 1, ["pass"])
    studio_says(items[1], 1, ["pass"])
    items[1]["annotations"][0]["was_cancelled"] = True
    done("import", write(items))
    assert said(store) == [("s0", "label-studio-1", "pass")]


def test_ratings_are_numbers_on_the_scale(store: Path) -> None:
    items = exported("label-studio")
    studio_says(items[0], 1, 4, "rating", "stars")
    done("import", write(items), "--label=stars")
    with Store.open(store) as opened:
        (label,) = labels_of(opened.connection, "run-a-1")
    assert (label.kind, label.value) == ("rubric", 4.0)


def test_criteria_are_questions_of_their_own(store: Path) -> None:
    Path("rubric.yaml").write_text("criteria: {tone: Is it kind?, facts: Is it right?}", encoding="utf-8")
    items = exported("argilla")
    argilla_says(items[0], "u1", 5, "tone")
    argilla_says(items[0], "u1", 2, "facts")
    done("import", write(items), "--rubric=rubric.yaml", "--kind=rubric")
    with Store.open(store) as opened:
        (label,) = labels_of(opened.connection, "run-a-1")
    assert (label.value, label.values) == (3.5, {"tone": 5.0, "facts": 2.0})


@pytest.mark.parametrize("tool", TOOLS)
def test_a_preference_comes_back_to_the_side_that_was_preferred(store: Path, tool: str) -> None:
    add_answers(store, "run-b", {"s0": Response("other", "s0")})
    keep(store, pair("s0", "worse", 0.0))
    done("export", "run-a", "--to=out.json", f"--format={tool}")
    items = json.loads(Path("out.json").read_text(encoding="utf-8"))
    (both,) = [each for each in items if "left" in (each.get("fields") or each["data"])]
    fields = both.get("fields") or both["data"]
    side = "left" if fields["left"] == "answer 0" else "right"
    if tool == "argilla":
        argilla_says(both, "u1", side)
    else:
        studio_says(both, 1, side, "pairwise")
    done("import", write([both]))
    assert [label for _, reviewer, label in said(store) if reviewer != "anna"] == ["better"]
    assert [label for _, reviewer, label in said(store) if reviewer == "anna"] == ["worse"]


def test_a_file_that_does_not_come_from_here_goes_by_the_ids_of_samples(store: Path) -> None:
    record = {"id": "s2", "fields": {"text": "x"}, "metadata": {}, "responses": {}}
    argilla_says(record, "u1", "Good")
    done("import", write([record]), "--run=run-a", "--words=good=pass,bad=fail")
    assert said(store) == [("s2", "argilla-u1", "pass")]


def a_label(tool: str = "argilla", **changes: Any) -> str:
    items = exported(tool)[:1]
    argilla_says(items[0], "u1", changes.pop("value", "pass"))
    for name, value in changes.items():
        items[0][name].update(value)
    return write(items)


@pytest.mark.parametrize(
    ("changes", "words", "message"),
    [
        ({"value": "great"}, (), "record 1: of argilla-u1: 'great' is not a label here"),
        (
            {"value": ["pass", "fail"]},
            (),
            "record 1: the answer to 'label' is neither one text nor one number",
        ),
        (
            {"fields": {"output": "edited"}},
            (),
            "another answer to sample 's0' was labelled than the store holds",
        ),
        ({"metadata": {"evalkit_evaluation": "gone"}}, (), "the answer to sample 's0' is not in this store"),
        ({"metadata": {"evalkit_repeat": "x"}}, (), "what evalkit wrote beside the item was changed"),
        ({}, ("--label=quality",), "nobody answered 'quality'"),
        ({}, ("--words=good",), "--words has 'good' without a meaning"),
        ({}, ("--format=label-studio",), "task 1: is not an annotated task of Label Studio"),
    ],
)
def test_a_bad_file_is_one_error_and_nothing_of_it_is_stored(
    store: Path, capsys: pytest.CaptureFixture[str], changes: Any, words: tuple[str, ...], message: str
) -> None:
    path = a_label(**changes)
    assert message in refused(capsys, "import", path, *words)
    assert said(store) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "bad.json:1: the file is not JSON"),
        ("[]", "bad.json: is not a file of a tool that can be read"),
        ('[{"a": 1}]', "bad.json: is not a file of a tool that can be read"),
        ('[{"id": "s9", "fields": {}, "responses": {"label": [{"value": "pass", "user_id": "u"}]}}]',
         "record 1: the record does not come from evalkit"),
        ('[{"fields": {}, "responses": {"label": ["pass"]}}]', "are not a list of value and user_id"),
        ('[{"data": {}, "annotations": [{"result": [{"from_name": "label", "type": "labels"}]}]}]',
         "task 1: the result of 'label' is of the type 'labels'"),
    ],
)  # fmt: skip
def test_a_file_of_another_form_is_one_error(
    store: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    Path("bad.json").write_text(text, encoding="utf-8")
    assert message in refused(capsys, "import", "bad.json")


def golden(*words: str) -> list[Any]:
    done("export", "--to=golden.jsonl", *words)
    return [json.loads(line) for line in Path("golden.jsonl").read_text(encoding="utf-8").splitlines()]


def test_answers_that_people_pass_become_targets(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(
        store, passed("s0"), passed("s0", "ben"), passed("s0", "cleo", "fail"), passed("s1", label="fail"),
        passed("s2"), passed("s2", "ben", "fail"),
    )  # fmt: skip
    (row,) = golden("--assert=similar")
    assert (row["id"], row["target"], row["assert"]) == ("s0", "answer 0", [{"similar": "answer 0"}])
    assert row["reviewed"] == {"value": 0.666667, "n_reviewers": 3}
    told = capsys.readouterr().err
    assert "1 labelled sample left out: no answer to it is good enough" in told
    assert "1 labelled sample left out: people are evenly divided" in told


def test_ratings_need_a_bound_to_be_good(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(store, passed("s0", label="4", kind="rubric"), passed("s1", label="2", kind="rubric"))
    assert "--at-least=4" in refused(capsys, "export", "--to=golden.jsonl")
    assert [row["id"] for row in golden("--at-least=4")] == ["s0"]


def test_labels_have_the_columns_that_calibration_reads(store: Path) -> None:
    from evalkit.calibrating.label_files import _COLUMNS

    keep(store, passed("s0"))
    (row,) = golden("--format=labels")
    assert (row["sample_id"], row["output"], row["label"]) == ("s0", "answer 0", "pass")
    assert row["inclusion_probability"] == 0.5
    assert set(row) <= set(_COLUMNS)


def test_nothing_is_overwritten(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("there.json").write_text("mine", encoding="utf-8")
    assert "the file is there already" in refused(capsys, "export", "--to=there.json", "--format=argilla")
    assert Path("there.json").read_text(encoding="utf-8") == "mine"


def test_golden_samples_of_nothing_are_an_error(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nobody labelled these answers" in refused(capsys, "export", "--to=golden.jsonl")
    assert not Path("golden.jsonl").exists()


def test_an_unknown_assertion_is_named_before_anything_is_read(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "unknown assertion 'simlar'" in refused(capsys, "export", "--to=g.jsonl", "--assert=simlar")


def test_a_number_does_not_replace_a_pass_by_a_rating(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(store, passed("s0"))
    items = exported("argilla")
    items[0]["responses"]["label"][0]["value"] = 1
    assert "'1' is not a label here" in refused(capsys, "import", write(items))
    assert said(store) == [("s0", "anna", "pass")]


def test_a_number_means_what_words_says_of_it(store: Path) -> None:
    keep(store, passed("s0"))
    items = exported("argilla")
    items[0]["responses"]["label"][0]["value"] = 0
    done("import", write(items), "--words=1=pass,0=fail")
    assert said(store) == [("s0", "anna", "fail")]


def test_another_kind_than_was_asked_is_refused(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(store, passed("s0"))
    exported("argilla")
    error = refused(capsys, "import", "out.json", "--kind=rubric")
    assert "exported from a review of kind pass_fail, not rubric" in error


def test_a_rating_is_on_the_scale_that_was_asked_here(store: Path) -> None:
    question = question_of("rubric", scale="1-10")
    asked = {"kind": "rubric", "question_hash": question.question_hash}
    items = tuple(ReviewItem.of(("run-a-1", f"s{i}", 0)) for i in range(2))
    project = ReviewProject("p", 1e9, "task", question, ("run-a-1",), (), 0.2, "seed", items)
    journal = Journal.open(store, "review-y")
    assert journal is not None
    journal.append([("review_projects", project_row(project))])
    journal.close()
    keep(store, passed("s0", label="3", **asked))
    records = exported("label-studio")
    studio_says(records[0], 1, 9, "rating")
    done("import", write(records))
    assert ("s0", "label-studio-1", "9") in said(store)


def test_labels_as_a_table_are_those_of_the_lines(store: Path) -> None:
    keep(store, passed("s0", comment="fine"), passed("s1", "ben", "fail"))
    for name in ("labels.csv", "labels.jsonl"):
        done("export", f"--to={name}", "--format=labels")
    table, lines = (read_labels(Path(name), BINARY).responses for name in ("labels.csv", "labels.jsonl"))
    assert [(each.sample_id, each.output, each.labels, each.weight) for each in table] == [
        (each.sample_id, each.output, each.labels, each.weight) for each in lines
    ]
    assert len(table) == 2


@pytest.mark.parametrize(
    ("form", "name"),
    [("golden", "g.csv"), ("golden", "g.json"), ("labels", "l.json"), ("argilla", "a.jsonl")],
)
def test_a_file_is_what_its_name_says(
    store: Path, form: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(store, passed("s0"))
    error = refused(capsys, "export", f"--to={name}", f"--format={form}")
    assert f"--format={form} is not written as {Path(name).suffix}" in error
    assert not Path(name).exists()
