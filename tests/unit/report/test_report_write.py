"""Reports on disk, and their index."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.verdict import Verdict
from evalkit.errors import UsageError
from evalkit.report.collect import collect_comparison
from evalkit.report.index import write_index
from evalkit.report.listed import known_of
from evalkit.report.text_file import write_text
from evalkit.report.write import write_data, write_report
from tests.unit.report.memory_source import MemorySource, regressed, rows


def a_run(run_id: str, started_at: float, verdict: str = "pass") -> MemorySource:
    source = MemorySource()
    source.add_run(run_id, started_at=started_at)
    source.add(run_id, "e", rows("+-"))
    source.verdicts_of["e"] = [Verdict("accuracy >= 0.5", verdict, "")]  # type: ignore[arg-type]
    return source


def test_a_report_is_one_file_at_the_path_that_was_asked_for(tmp_path: Path) -> None:
    path = write_report(regressed(), "run-b", tmp_path / "deep/report.html")
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_two_runs_make_one_report(tmp_path: Path) -> None:
    source = a_run("a", 1.0)
    source.add_run("b")
    source.add("b", "f", rows("++"))
    path = write_data(collect_comparison(source, "a", "b"), tmp_path / "c.html")
    assert "comparison of two runs" in path.read_text("utf-8")


def test_a_report_replaces_the_one_before_it(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    write_text("old", path)
    write_text("new", path)
    assert path.read_text() == "new"


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written") as caught:
        write_report(regressed(), "run-b", tmp_path / "file/report.html")
    assert "results are in the store" in (caught.value.hint or "")


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "r.html").mkdir()
    with pytest.raises(UsageError):
        write_text("text", tmp_path / "r.html")
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.html"]


def test_a_folder_called_reports_lists_its_reports(tmp_path: Path) -> None:
    write_report(a_run("first", 1.0), "first", tmp_path / "reports/first.html")
    index = (tmp_path / "reports/index.html").read_text("utf-8")
    assert 'href="first.html"' in index


def test_no_other_folder_gets_an_index(tmp_path: Path) -> None:
    write_report(a_run("first", 1.0), "first", tmp_path / "elsewhere/first.html")
    assert not (tmp_path / "elsewhere/index.html").exists()


def test_the_newest_report_stands_first(tmp_path: Path) -> None:
    for run_id, started_at in (("old", 1.0), ("new", 3.0), ("middle", 2.0)):
        write_report(a_run(run_id, started_at), run_id, tmp_path / f"{run_id}.html")
    assert [each.run_id for each in known_of(tmp_path).newest_first] == ["new", "middle", "old"]


def test_the_index_counts_verdicts(tmp_path: Path) -> None:
    write_report(a_run("bad", 1.0, "fail"), "bad", tmp_path / "bad.html")
    (told,) = known_of(tmp_path).newest_first
    assert (told.outcome, told.verdicts) == ("fail", {"fail": 1})


def test_other_pages_in_the_folder_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "other.html").write_text("<p>not ours</p>")
    (tmp_path / "broken.html").write_text('<script type="application/json" id="evalkit-summary">{</script>')
    assert known_of(tmp_path).newest_first == []
    assert "No report was written yet" in write_index(tmp_path).read_text("utf-8")


def test_names_in_the_index_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("+"), task="<script>alert(1)</script>")
    write_report(source, "a", tmp_path / "a b#c.html")
    index = write_index(tmp_path).read_text("utf-8")
    assert "<script>alert" not in index
    assert 'href="a%20b%23c.html"' in index
