"""The page and the Markdown of what moved over time."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from evalkit.drift.finding import find_drift
from evalkit.drift.series import series_of
from evalkit.drift.watched import Watched
from evalkit.report.drift_html import render_drift
from evalkit.report.drift_markdown import drift_markdown
from evalkit.report.drift_picture import picture, thinned
from evalkit.store.store import Store
from tests.unit.drift.histories import write_history
from tests.unit.drift.test_finding import FELL

HOSTILE = "openai/<script>alert(1)</script>`@you"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    store = tmp_path_factory.mktemp("drift") / "results.duckdb"
    write_history(store, FELL, model=HOSTILE)
    with Store.open(store) as opened:
        series = series_of(opened.history())
        return Watched(0.05, series, [], find_drift(opened, series, 0.05))


def test_every_picture_says_what_it_shows_and_has_its_numbers_in_a_table(watched: Watched) -> None:
    page = render_drift(watched)
    pictures = re.findall(r'<svg class="(?:plot|spark)"[^>]*>', page)
    assert len(pictures) == len(watched.findings) + len(watched.series)
    assert all('role="img"' in each and re.search('aria-label="[^"]{30,}', each) for each in pictures)
    assert page.count("<code>run-") >= len(FELL)
    assert "accuracy in 40 runs from 2026-01-01 to 2026-02-09: fell by 0.0598" in page


def test_the_page_loads_and_runs_nothing(watched: Watched) -> None:
    page = render_drift(watched)
    assert "<script" not in page
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r'(?:src|href)="(?!#)', page)


def test_markdown_makes_nothing_of_a_models_name(watched: Watched) -> None:
    text = drift_markdown(watched)
    assert "<script" not in text
    outside = re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)
    assert "@you" not in outside
    assert "pytest suites '--llm-model=openai/&lt;script&gt;" in text


def test_markdown_that_grows_too_long_counts_what_it_leaves_out(watched: Watched) -> None:
    many = replace(watched, findings=[*watched.findings] * 300)
    text = drift_markdown(many)
    assert len(text.encode()) <= 60_000
    assert "changes left out for length" in text


def test_a_long_history_keeps_its_spikes_when_it_is_drawn_with_fewer_corners() -> None:
    places = [(float(x), 900.0 if x == 777 else 1.0) for x in range(5_000)]
    drawn = thinned(places, 100)
    assert len(drawn) <= 101
    assert (777.0, 900.0) in drawn


def test_a_history_that_never_varied_is_a_line_in_the_middle(watched: Watched) -> None:
    still = next(each for each in watched.series if len(set(each.values)) == 1)
    drawn = picture(still, [])
    assert len({y for _, y in drawn.line}) == 1
    assert len(drawn.ticks) == 1


def test_values_that_differ_by_rounding_alone_are_drawn_as_equal(watched: Watched) -> None:
    still = next(each for each in watched.series if len(set(each.values)) == 1)
    rows = [row._replace(value=0.1 + at % 2 * 2e-17) for at, row in enumerate(still.rows)]
    drawn = picture(replace(still, rows=rows), [])
    assert len({y for _, y in drawn.line}) == 1


def test_series_that_are_too_short_do_not_stand_before_those_that_tell_something(watched: Watched) -> None:
    long = watched.series[0]
    short = replace(long, rows=long.rows[:3])
    page = render_drift(replace(watched, series=[short, long], findings=[]))
    assert page.index(">still<") < page.index("<summary>1 series that is too short</summary>")
    assert page.index(">too short<") > page.index("<summary>1 series")


def test_the_key_to_changes_stands_where_there_is_one(watched: Watched) -> None:
    key = "The band in a picture"
    assert key in render_drift(watched)
    assert key not in render_drift(replace(watched, findings=[]))
