"""Prompts, items, search and SQL in the browser."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from evalkit.core.prompt import Prompt
from evalkit.errors import StoreError
from evalkit.report.ways import Chart
from evalkit.store.query import ask_in_time
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from evalkit.view.result_chart import chart_of
from evalkit.view.shelf import Shelf
from tests.unit.store.records import write_run
from tests.unit.view.looking import Viewer


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("asked") / "results.duckdb"
    for number in range(3):
        write_run(path, f"run-{number}", values=(1.0, 0.0), started_at=1_700_000_000.0 + 86_400 * number)
    spool = Spool.create(path, "run-p")
    for number, text in enumerate(("Say {{ input }}", "Say <b>kindly</b> {{ input }}"), 1):
        spool.add_prompt(Prompt.parse(text, name="polite"), created_at=float(number))
    spool.close()
    with Store.open(path, mode="write") as store:
        store.fold()
    return path


@pytest.fixture(scope="module")
def viewer(path: Path) -> Viewer:
    return Viewer([path])


def sql(viewer: Viewer, query: str, chart: str = "") -> str:
    return viewer.page(f"/sql?q={quote_plus(query)}&chart={chart}")


def test_a_prompt_shows_its_versions_the_latest_first_each_against_the_one_before(viewer: Viewer) -> None:
    assert 'href="/results/prompts?name=polite"' in viewer.page("/prompts")
    page = viewer.page("/prompts?name=polite")
    assert re.findall(r"<h2[^>]*>(polite@\d)</h2>", page) == ["polite@2", "polite@1"]
    assert "&lt;b&gt;kindly&lt;/b&gt;" in page
    assert "<b>kindly" not in page


def test_an_unknown_prompt_is_said(viewer: Viewer) -> None:
    assert b"there is no prompt" in viewer.get("/results/prompts?name=polit").body


def test_items_show_what_speaks_against_the_samples_of_a_task(viewer: Viewer) -> None:
    page = viewer.page("/items?task=sums")
    assert "2 samples" in page
    assert "3 samples do not tell" in page or "cannot tell" in page.lower()


def test_a_find_leads_to_its_sample_in_the_report_of_its_run(viewer: Viewer) -> None:
    page = viewer.page("/search?text=1+%2B+1")
    assert "3 answers" in page
    assert 'href="/results/runs/run-2#samples?sample=sums/local%2Ftiny/s1"' in page


def test_what_is_searched_is_a_text_and_no_pattern(viewer: Viewer) -> None:
    assert "Nothing has it" in viewer.page("/search?text=1+.+1")


def test_a_query_gives_a_table_beside_the_schema(viewer: Viewer) -> None:
    page = sql(viewer, "SELECT run_id, n_samples FROM evaluations ORDER BY run_id")
    found = re.findall(r'data-label="run_id"><span class="lines">(.+?)</span>', page)
    assert found == ["run-0", "run-1", "run-2"]
    assert "<summary>responses</summary>" in page
    assert "schema_version" not in page


@pytest.mark.parametrize(
    "query, word",
    [
        ("DROP TABLE runs", "only read"),
        ("FROM read_text('/etc/hostname')", "disabled"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("SELECT nothing FROM runs", "the query fails"),
    ],
)
def test_a_query_that_cannot_be_asked_is_answered_on_the_page(viewer: Viewer, query: str, word: str) -> None:
    assert word in sql(viewer, query)


def test_more_rows_than_a_page_shows_are_cut_and_said(viewer: Viewer) -> None:
    assert "The first 1,000 rows; there are more." in sql(viewer, "SELECT range FROM range(1001)")


def test_a_query_is_ended_when_its_time_is_up(path: Path) -> None:
    endless = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b"
    with Shelf([path]).open("results") as store, pytest.raises(StoreError, match="was ended"):
        ask_in_time(store.connection, endless, most_rows=1, most_s=0.05)


def test_rows_that_a_chart_cannot_draw_are_counted(viewer: Viewer) -> None:
    rows = "SELECT 'a' AS name, 1.0 AS v UNION ALL SELECT 'b', NULL UNION ALL SELECT 'c', 'nan'::DOUBLE"
    assert "Not in the chart: 2 rows without a finite number." in sql(viewer, rows, "bars")


def test_bars_stand_on_zero_and_have_the_height_of_their_numbers() -> None:
    chart = chart_of(["task", "n"], [("a", 2), ("b", 4), ("c", -1)], "bars")
    assert isinstance(chart, Chart)
    heights = [bar.height for bar in chart.bars]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.02)
    assert heights[2] == pytest.approx(heights[0] / 2, abs=0.02)
    assert chart.bars[0].y + chart.bars[0].height == pytest.approx(chart.zero)
    assert chart.bars[2].y == chart.zero


def test_a_line_goes_through_its_points_from_left_to_right() -> None:
    chart = chart_of(["day", "value"], [("mon", 0.5), ("tue", 0.75), ("wed", 0.25)], "line")
    assert isinstance(chart, Chart)
    assert [bar.x for bar in chart.bars] == sorted(bar.x for bar in chart.bars)
    assert chart.bars[1].y < chart.bars[0].y < chart.bars[2].y
    assert chart.path.count("L") == 2


@pytest.mark.parametrize(
    "columns, rows",
    [(["a"], [("text",)]), (["a", "n"], []), (["a", "n"], [(str(i), i) for i in range(61)])],
)
def test_what_cannot_be_drawn_is_said(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    assert isinstance(chart_of(columns, rows, "bars"), str)


def test_a_picture_of_one_value_has_room(viewer: Viewer) -> None:
    assert 'class="chart"' in sql(viewer, "SELECT 'a' AS name, 0.5 AS value", "line")


def test_no_question_should_not_have_been_answered(viewer: Viewer) -> None:
    assert viewer.failures == []
