"""What CI hosts are told."""

from __future__ import annotations

import json

from evalkit.report.ci import CiFinding, annotation_lines, code_quality

FAILED = CiFinding("suites/a.eval.yaml", "m::accuracy >= 0.5", "fail", "0.2, below 0.5")
UNDECIDED = CiFinding("suites/a.eval.yaml", "m::regression(f1)", "undecided", "100 %\nmaybe")


def test_a_failed_gate_is_an_error_at_its_file() -> None:
    assert annotation_lines([FAILED]) == [
        "::error file=suites/a.eval.yaml,line=1,title=evalkit fail%3A m%3A%3Aaccuracy >= 0.5::0.2, below 0.5"
    ]


def test_an_undecided_gate_is_a_warning_on_one_line_behind_the_errors() -> None:
    assert annotation_lines([UNDECIDED, FAILED])[1] == (
        "::warning file=suites/a.eval.yaml,line=1,"
        "title=evalkit undecided%3A m%3A%3Aregression(f1)::100 %25 maybe"
    )


def test_what_a_host_would_drop_is_counted() -> None:
    lines = annotation_lines([FAILED] * 25 + [UNDECIDED])
    assert len([line for line in lines if line.startswith("::error")]) == 10
    assert lines[9] == "::error title=evalkit::16 more: see the summary of the step"
    assert lines[10].startswith("::warning file")


def test_ten_findings_fit() -> None:
    assert all("file=" in line for line in annotation_lines([FAILED] * 10))


def test_no_text_of_a_model_can_be_a_command_of_its_own() -> None:
    (line,) = annotation_lines([CiFinding("a,b", "x", "fail", "y\r\n::error::z")])
    assert "\n" not in line
    assert "\r" not in line
    assert "file=a%2Cb," in line


def test_code_quality_is_what_gitlab_reads() -> None:
    entries = json.loads(code_quality([FAILED, UNDECIDED]))
    assert [entry["severity"] for entry in entries] == ["major", "info"]
    assert entries[0]["location"] == {"path": "suites/a.eval.yaml", "lines": {"begin": 1}}
    assert entries[0]["description"] == "fail: m::accuracy >= 0.5: 0.2, below 0.5"


def test_a_finding_keeps_its_fingerprint_when_its_numbers_change() -> None:
    later = CiFinding(FAILED.path, FAILED.name, "fail", "0.1, below 0.5")
    first, second, other = json.loads(code_quality([FAILED, later, UNDECIDED]))
    assert first["fingerprint"] == second["fingerprint"] != other["fingerprint"]


def test_nothing_to_say_is_an_empty_list() -> None:
    assert (annotation_lines([]), json.loads(code_quality([]))) == ([], [])
