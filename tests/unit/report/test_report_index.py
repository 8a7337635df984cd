"""The index of a folder of reports: what it keeps, what it reads, and its lines of numbers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from evalkit.core.verdict import Verdict
from evalkit.report import index, listed, text_file
from evalkit.report.index import write_index
from evalkit.report.listed import Line, Listed, known_of
from evalkit.report.trends import HEIGHT, LAST, WIDTH, Trend, trends
from evalkit.report.write import write_report
from tests.unit.report.memory_source import MemorySource, rows


def summary(run_id: str, started_at: float = 1.0, **changes: Any) -> dict[str, Any]:
    """What a report says of itself, one task with one subject."""
    value = ["support/intents", "local/small", "accuracy", 0.5, True, "pass", "0.500"]
    told = {
        "run_id": run_id, "baseline_run_id": None, "started_at": started_at, "status": "finished",
        "is_partial": False, "git_commit": None, "git_branch": None, "outcome": "pass",
        "verdicts": {"pass": 1}, "n_tasks": 1, "n_responses": 8, "tasks": ["support/intents"],
        "subjects": ["local/small"], "values": [value],
    }  # fmt: skip
    return {**told, **changes}


def put(folder: Path, told: dict[str, Any], *, name: str = "") -> Path:
    """A page that begins as a report does."""
    path = folder / (name or f"{told['run_id']}.html")
    block = f'<script type="application/json" id="evalkit-summary">{orjson.dumps(told).decode()}</script>'
    path.write_text(f"<!doctype html>{block}<p>the rest", "utf-8")
    return path


def a_value(number: float, *, better: bool | None = True, outcome: str = "pass") -> list[Any]:
    return ["support/intents", "local/small", "accuracy", number, better, outcome, f"{number:.3f}"]


def listed_in(folder: Path) -> list[Listed]:
    return known_of(folder).newest_first


def lines(*told: dict[str, Any]) -> list[Trend]:
    """Of reports that are given with the oldest first."""
    places: dict[Line, int] = {}
    reports = [as_listed(each, places) for each in reversed(told)]
    return trends(reports, list(places))


def as_listed(told: dict[str, Any], places: dict[Line, int]) -> Listed:
    values = [
        [places.setdefault(Line(task, subject, metric, better), len(places)), number, *rest]
        for task, subject, metric, number, better, *rest in told["values"]
    ]
    return Listed(**{**told, "file": f"{told['run_id']}.html", "values": values})


def test_only_what_is_new_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(3):
        put(tmp_path, summary(f"run-{at}", float(at)))
    (tmp_path / "foreign.html").write_text("<p>not ours")
    write_index(tmp_path)
    put(tmp_path, summary("run-3", 3.0))
    seen: list[str] = []
    read = listed._read

    def watched(path: Path, lines: dict[Line, int]) -> Listed | None:
        seen.append(path.name)
        return read(path, lines)

    monkeypatch.setattr(listed, "_read", watched)
    write_index(tmp_path)
    assert seen == ["run-3.html"]
    assert [each.run_id for each in listed_in(tmp_path)] == ["run-3", "run-2", "run-1", "run-0"]


def test_a_report_that_was_written_anew_is_read_again(tmp_path: Path) -> None:
    path = put(tmp_path, summary("a"))
    write_index(tmp_path)
    put(tmp_path, summary("a", outcome="fail", verdicts={"fail": 1}))
    os.utime(path, ns=(1, 1))
    assert [each.outcome for each in listed_in(tmp_path)] == ["fail"]


def test_a_report_that_is_gone_is_listed_no_more(tmp_path: Path) -> None:
    path = put(tmp_path, summary("a"))
    put(tmp_path, summary("b"))
    write_index(tmp_path)
    path.unlink()
    write_index(tmp_path)
    assert [each.run_id for each in listed_in(tmp_path)] == ["b"]
    assert "a.html" not in (tmp_path / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    "kept", [b"", b'<script type="application/json" id="reports">{"form":1', b"<html>by hand</html>"]
)
def test_an_index_that_holds_nothing_to_go_by_is_made_anew(tmp_path: Path, kept: bytes) -> None:
    put(tmp_path, summary("a"))
    (tmp_path / "index.html").write_bytes(kept)
    write_index(tmp_path)
    assert [each.run_id for each in listed_in(tmp_path)] == ["a"]


def test_an_index_that_was_changed_by_hand_is_not_believed(tmp_path: Path) -> None:
    put(tmp_path, summary("a"))
    path = write_index(tmp_path)
    stale = path.read_text("utf-8").replace('{"pass":1}', '{"pass":"many"}')
    assert stale != path.read_text("utf-8")
    path.write_text(stale, "utf-8")
    assert [each.verdicts for each in listed_in(tmp_path)] == [{"pass": 1}]


def test_the_index_keeps_what_the_reports_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, summary("a", tasks=["</script>", "\u202eevil", "caf\u00e9"]))
    put(tmp_path, summary("b", values=[a_value(0.25), a_value(0.5, better=None, outcome="none")]))
    from_reports = listed_in(tmp_path)
    write_index(tmp_path)
    monkeypatch.setattr(listed, "_read", None)  # nothing is read from a report any more
    assert listed_in(tmp_path) == from_reports


def test_a_summary_that_lacks_a_field_is_no_report(tmp_path: Path) -> None:
    told = summary("a")
    del told["outcome"]
    put(tmp_path, told)
    assert listed_in(tmp_path) == []


def test_a_report_of_before_there_were_values_is_listed_without(tmp_path: Path) -> None:
    told = summary("a")
    del told["values"]
    put(tmp_path, told)
    assert [each.values for each in listed_in(tmp_path)] == [[]]


def test_a_summary_longer_than_the_head_is_read_whole(tmp_path: Path) -> None:
    put(tmp_path, summary("a", subjects=["s" * 30_000]))
    assert len(listed_in(tmp_path)[0].subjects[0]) == 30_000


def test_a_report_that_comes_while_the_index_is_written_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, summary("a"))
    written = text_file.write_text

    def slowly(text: str, path: Path) -> Path:
        if not (tmp_path / "late.html").exists():
            put(tmp_path, summary("late", 2.0))
        return written(text, path)

    monkeypatch.setattr(index, "write_text", slowly)
    assert 'href="late.html"' in write_index(tmp_path).read_text("utf-8")


def test_a_report_tells_the_main_number_of_each_evaluation(tmp_path: Path) -> None:
    source = MemorySource()
    source.add_run("a")
    source.add("a", "e", rows("++-!"))
    source.verdicts_of["e"] = [Verdict("accuracy >= 0.5", "pass", ""), Verdict("f1 >= 0.5", "fail", "")]
    write_report(source, "a", tmp_path / "a.html")
    (told,) = listed_in(tmp_path)
    assert told.values == [[0, pytest.approx(2 / 3), "fail", "0.667"]]
    assert list(known_of(tmp_path).lines) == [Line("support/intents", "local/small", "accuracy", True)]


def test_a_line_has_its_lowest_run_at_the_bottom_and_the_last_at_the_right() -> None:
    (line,) = lines(*(summary(f"r{at}", at, values=[a_value(v)]) for at, v in enumerate((0.5, 0.2, 0.9))))
    assert [spot.run_id for spot in line.spots] == ["r0", "r1", "r2"]
    assert max(line.spots, key=lambda spot: spot.y).run_id == "r1"
    assert (line.last.x, max(spot.y for spot in line.spots)) == (WIDTH - 4, HEIGHT - 4)
    assert (line.low, line.high, line.change) == ("0.200", "0.900", "+0.700")


def test_a_line_has_the_last_runs_alone_and_counts_all() -> None:
    (line,) = lines(*(summary(f"r{at:03}", at, values=[a_value(at / 100)]) for at in range(LAST + 5)))
    assert (len(line.spots), line.n, line.spots[0].run_id) == (LAST, LAST + 5, "r005")


def test_partial_runs_and_those_that_ended_early_are_on_no_line() -> None:
    told = [summary("a", 1.0), summary("b", 2.0, is_partial=True), summary("c", 3.0, status="interrupted")]
    assert [spot.run_id for spot in lines(*told)[0].spots] == ["a"]


def test_a_task_that_was_run_last_stands_first() -> None:
    values = [["a/older", "local/small", "accuracy", 0.5, True, "pass", "0.500"]]
    told = [summary("a", 1.0, values=values), summary("b", 2.0)]
    assert [line.task for line in lines(*told)] == ["support/intents", "a/older"]


def test_a_comparison_shows_no_run_a_second_time() -> None:
    told = [summary("a", 1.0), summary("b", 2.0), summary("b", 2.0, baseline_run_id="a")]
    assert [spot.run_id for spot in lines(*told)[0].spots] == ["a", "b"]


def test_runs_whose_gates_failed_are_marked() -> None:
    told = [summary("a", 1.0, values=[a_value(0.1, outcome="fail")]), summary("b", 2.0)]
    assert [spot.run_id for spot in lines(*told)[0].bad] == ["a"]
