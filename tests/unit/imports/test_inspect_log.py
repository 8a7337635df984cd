"""Inspect: logs as .eval and JSON, epochs, broken samples, other ways to grade."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import UsageError
from evalkit.imports.eval_zip import read_log
from tests.unit.imports.files import FILES, metrics, read, store

GOOD, BAD, LIMITED = (FILES / "inspect" / name for name in ("good.eval", "bad.json", "limit.json"))


def zstandard() -> None:
    pytest.importorskip("zstandard")


def changed(tmp_path: Path, **changes: Any) -> Path:
    file = tmp_path / "log.json"
    file.write_text(json.dumps({**json.loads(BAD.read_text()), **changes}))
    return file


def test_an_eval_file_packed_by_zstandard_is_read() -> None:
    zstandard()
    run = read("auto", GOOD)
    (evaluation,) = run.evaluations
    assert (evaluation.task, evaluation.subject.model) == ("sums", "mockllm/model")
    assert evaluation.subject.params == {"temperature": 0.5, "seed": 7, "solver": "generate"}
    assert sorted({(a.sample.id, a.response.repeat) for a in evaluation.answers}) == [
        (f"sum-{i}", repeat) for i in (1, 2, 3, 4) for repeat in (0, 1)
    ]
    assert not run.is_partial


def test_a_deflated_eval_file_gives_what_its_json_gives(tmp_path: Path) -> None:
    log = json.loads(BAD.read_text())
    file = tmp_path / "log.eval"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps({k: v for k, v in log.items() if k != "samples"}))
        for sample in log["samples"]:
            archive.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
    assert read("auto", file).evaluations == read("auto", BAD).evaluations


def test_numbers_are_those_of_the_log_and_broken_samples_are_errors(tmp_path: Path) -> None:
    path, (stored,) = store(tmp_path, ("inspect", BAD))
    found = metrics(path, stored.run.run_id)
    assert found["sums", "match"].value == pytest.approx(1 / 3)
    assert found["sums", "includes"].value == pytest.approx(2 / 3)
    assert (found["sums", "match"].n, found["sums", "match"].n_failed) == (6, 2)
    assert found["sums", "error_rate"].value == 0.25
    answer = next(a for a in read("inspect", BAD).evaluations[0].answers if a.sample.id == "sum-4")
    assert (answer.response.output, answer.response.error) == (
        None,
        "ValueError('the calculator is out of order')",
    )


def test_tokens_latency_and_time_are_kept() -> None:
    response = read("inspect", BAD).evaluations[0].answers[0].response
    assert (response.prompt_tokens, response.completion_tokens, response.finish_reason) == (5, 15, "stop")
    assert response.latency_s is not None
    assert response.latency_s > 0
    assert response.created_at is not None
    assert response.created_at > 1.79e9


def test_a_limited_log_is_a_partial_run() -> None:
    assert read("inspect", LIMITED).is_partial
    assert not read("inspect", BAD).is_partial


def test_a_log_that_did_not_succeed_is_interrupted(tmp_path: Path) -> None:
    run = read("inspect", changed(tmp_path, status="error"))
    assert (run.is_finished, run.is_partial) == (False, True)


def test_grades_follow_inspect_and_several_values_are_several_scorers(tmp_path: Path) -> None:
    log = json.loads(BAD.read_text())
    values = ["P", "N", True, 0.25, {"tone": "C", "facts": 0.5}, "beautiful"]
    samples = [
        {**log["samples"][0], "id": i, "scores": {"judge": {"value": v}}} for i, v in enumerate(values)
    ]
    run = read("inspect", changed(tmp_path, samples=samples, results=None))
    scores = [{s.scorer: s.value for s in a.scores} for a in run.evaluations[0].answers]
    assert scores == [
        {"judge": 0.5}, {"judge": 0.0}, {"judge": 1.0}, {"judge": 0.25},
        {"judge/tone": 1.0, "judge/facts": 0.5}, {"judge": None},
    ]  # fmt: skip


def test_a_log_without_samples_gives_its_numbers_with_their_error(tmp_path: Path) -> None:
    path, (stored,) = store(tmp_path, ("inspect", changed(tmp_path, samples=None)))
    found = metrics(path, stored.run.run_id)["sums", "match"]
    assert (found.value, found.n) == (pytest.approx(1 / 3), 3)
    assert found.high - found.low == pytest.approx(2 * 1.96 / 3)


def test_a_zip_without_header_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "log.eval"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("_journal/start.json", "{}")
    with pytest.raises(UsageError, match=r"has no header\.json"):
        read("auto", file)


def test_a_cut_eval_file_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "log.eval"
    file.write_bytes(GOOD.read_bytes()[:5000])
    with pytest.raises(UsageError, match="is not a zip file, or was cut off"):
        read_log(file)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 3}, "version is 3, known are 1 and 2"),
        ({"version": "2"}, "version is not a whole number"),
        ({"eval": {"task": "sums"}}, "has no 'eval.model'"),
        ({"samples": [], "results": None}, "holds neither samples nor results"),
        ({"samples": [{"epoch": 1}]}, "has a sample without 'id'"),
    ],
)
def test_another_schema_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read("inspect", changed(tmp_path, **changes))
