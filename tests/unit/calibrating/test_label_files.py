"""Labels and judgements in files: what they may say, and the one error of each thing that they may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.calibrating.label_files import read_judgements, read_labels, recorded_opinions
from evalkit.calibrating.scale import Scale
from evalkit.calibrating.standard import Standard
from evalkit.errors import UsageError
from tests.unit.calibrating.judged import BINARY

GRADES = Standard(Scale.grades([1, 2, 3, 4, 5]), {})
CRITERIA = Standard(
    Scale("ordinal", (0.0, 0.5, 1.0), ("0/2", "1/2", "2/2")),
    {"clear": Scale.binary(), "kind": Scale.binary()},
)
PAIRS = Standard(Scale.pairwise(), {}, "other")


def file(folder: Path, text: str, name: str = "labels.jsonl") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_of_one_response_are_put_together(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        '{"sample_id": "a", "output": "x", "label": "pass", "reviewer": "ann", "model": "openai/gpt-4o"}\n'
        '{"sample_id": "a", "output": "x", "label": false, "reviewer": "bob"}\n'
        '{"sample_id": "a", "output": "y", "label": "skip", "reviewer": "bob"}\n'
        '{"sample_id": 7, "output": "z", "labels": {"ann": 0, "bob": "yes"}, "inclusion_probability": 0.2}\n',
    )
    labels = read_labels(path, BINARY)
    first, second = labels.responses
    assert (first.sample_id, first.labels, first.model) == ("a", {"ann": 1.0, "bob": 0.0}, "openai/gpt-4o")
    assert (second.sample_id, second.labels, second.weight) == ("7", {"ann": 0.0, "bob": 1.0}, 5.0)
    assert (labels.n_skipped, labels.reviewers, labels.source) == (1, ["ann", "bob"], "labels.jsonl")


def test_csv_says_the_same(tmp_path: Path) -> None:
    path = file(tmp_path, 'sample_id,output,label,reviewer\na,"x, y",4,ann\nb,z,1.0,ann\nc,z,,ann\n', "l.csv")
    labels = read_labels(path, GRADES)
    assert [(each.output, each.labels) for each in labels.responses] == [
        ("x, y", {"ann": 4.0}), ("z", {"ann": 1.0}),
    ]  # fmt: skip
    assert labels.n_skipped == 1


def test_criteria_that_are_all_labelled_give_the_whole(tmp_path: Path) -> None:
    path = file(tmp_path, '{"sample_id": "a", "output": "x", "values": {"clear": "yes", "kind": "no"}}\n')
    (only,) = read_labels(path, CRITERIA).responses
    assert only.criteria == {"clear": {"people": 1.0}, "kind": {"people": 0.0}}
    assert only.labels == {"people": 0.5}


def test_pairs_are_read_by_which_is_better(tmp_path: Path) -> None:
    rows = [
        f'{{"sample_id": "a", "output": "{i}", "opponent": "y", "label": "{word}"}}'
        for i, word in enumerate(["better", "B", "tie"])
    ]
    labels = read_labels(file(tmp_path, "\n".join(rows)), PAIRS)
    assert [each.labels["people"] for each in labels.responses] == [1.0, 0.0, 0.5]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (
            '{"sample_id": "a", "output": "x", "label": "maybe"}',
            r"jsonl:1: label 'maybe' is none of no, yes, p",
        ),
        ('{"sample_id": "a", "output": "x"}', "jsonl:1: has neither label nor labels"),
        ('{"output": "x", "label": 1}', "jsonl:1: sample_id None is not a text"),
        ('{"sample_id": "a", "label": 1}', "jsonl:1: output None is not a text"),
        ('{"sample_id": "a", "output": "x", "lable": 1}', "jsonl:1: column 'lable' is unknown .*label"),
        ('\n{"sample_id"', "jsonl:2: is not JSON"),
        ("[1]", "jsonl:1: is not an object"),
        ("", "holds no label"),
        ('{"sample_id": "a", "output": "x", "label": 1, "inclusion_probability": 0}', "not in \\(0, 1\\]"),
        (
            '{"sample_id": "a", "output": "x", "values": {"clear": 1}}',
            "values names 'clear', which is not a crit",
        ),
        (
            '{"sample_id": "a", "output": "x", "label": 1}\n{"sample_id": "a", "output": "x", "label": 0}',
            "jsonl:2: people gave the response of sample 'a' another label in .*jsonl:1",
        ),
    ],
)
def test_what_cannot_be_read_names_file_and_line(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        read_labels(file(tmp_path, text), BINARY)


def test_a_file_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_labels(tmp_path / "none.jsonl", BINARY)


def test_recorded_judgements_are_matched_by_text_and_one_that_lacks_is_an_error(tmp_path: Path) -> None:
    labels = read_labels(
        file(
            tmp_path,
            "\n".join(
                f'{{"sample_id": "{name}", "output": "{out}", "label": 1}}'
                for name, out in [("a", "x"), ("a", "y"), ("b", "z"), ("c", "z")]
            ),
        ),
        BINARY,
    )
    recorded = file(
        tmp_path,
        '{"sample_id": "a", "output": "x", "verdict": "yes", "round": 0}\n'
        '{"sample_id": "a", "output": "x", "verdict": "no", "round": 1}\n'
        '{"sample_id": "a", "output": "y", "error": "no verdict in the answer"}\n'
        '{"sample_id": "b", "verdict": "no", "judge": "a/j", "judge_revision": "1", "probability": 0.2}\n',
        "judgements.jsonl",
    )
    opinions = recorded_opinions(labels, read_judgements(recorded, BINARY.main))
    assert [each.value for each in opinions] == [0.5, None, 0.0, None]
    assert [each.error for each in opinions] == [None, "no verdict in the answer", None, "was not judged"]
    assert opinions[2].judgements[0].judge_revision == "1"
