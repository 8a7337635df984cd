"""What the browser is given of a store."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from evalkit.core.run import SubjectRecord
from evalkit.report.html import render
from evalkit.store.spool import Spool
from evalkit.store.store import Store
from evalkit.view.run_pages import comparison_of, run_data
from evalkit.view.shelf import Shelf
from tests.unit.store.records import make_run, write_run
from tests.unit.view.looking import Viewer
from tests.unit.web.calling import call

HARM = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs of one task, one of another that would do harm."""
    path = tmp_path_factory.mktemp("viewed") / "results.duckdb"
    write_run(path, "run-a", values=(1.0, 1.0, 1.0, 0.0))
    write_run(path, "run-b", values=(1.0, 0.0, 0.0, 0.0), outcome="fail", started_at=1_700_001_000.0)
    write_run(path, "run-c", subject=SubjectRecord("s2", "local/other"), started_at=1_700_002_000.0)
    write_run(path, "run-d", task=HARM, outcome=None, started_at=1_700_003_000.0, git_branch=HARM)
    return path


@pytest.fixture(scope="module")
def viewer(path: Path) -> Viewer:
    return Viewer([path])


def sections(page: str) -> list[str]:
    """The sections of a report, apart from when it was written."""
    return re.findall(r"<section.*?</section>", page, re.DOTALL)


def listed(page: str) -> list[str]:
    return re.findall(r'name="run\.(run-\w)"', page)


def test_runs_are_listed_the_latest_first(viewer: Viewer) -> None:
    assert listed(viewer.page("/runs")) == ["run-d", "run-c", "run-b", "run-a"]


@pytest.mark.parametrize(
    "query, found",
    [
        ("text=OTHER", ["run-c"]),
        ("task=sums", ["run-c", "run-b", "run-a"]),
        ("outcome=fail", ["run-b"]),
        ("status=crashed", []),
        ("text=run-b&outcome=pass", []),
    ],
)
def test_a_filter_keeps_the_runs_that_meet_all_of_it(viewer: Viewer, query: str, found: list[str]) -> None:
    assert listed(viewer.page(f"/runs?{query}")) == found


def test_the_report_of_a_run_has_the_sections_of_the_file(viewer: Viewer, path: Path) -> None:
    with Shelf([path]).open("results") as store:
        assert sections(viewer.page("/runs/run-b")) == sections(render(run_data(store, "run-b")))


def test_a_comparison_has_the_sections_of_the_file(viewer: Viewer, path: Path) -> None:
    with Shelf([path]).open("results") as store:
        data = comparison_of(store, ["run-a", "run-b"])
    assert sections(viewer.page("/compare?runs=run-a,run-b")) == sections(render(data))


def test_more_runs_than_two_give_a_leaderboard(viewer: Viewer) -> None:
    assert 'id="leaderboard"' in viewer.page("/compare?runs=run-a,run-b,run-c")


def test_of_runs_that_were_ticked_the_earliest_is_the_baseline(viewer: Viewer) -> None:
    received = viewer.get("/results/compare?run.run-b=on&run.run-a=on")
    assert (received.status, received.headers["location"]) == (303, "/results/compare?runs=run-a%2Crun-b")


def test_the_run_before_is_one_link_away(viewer: Viewer) -> None:
    assert 'href="/results/compare?runs=run-a%2Crun-b"' in viewer.page("/runs/run-b")


def test_a_page_behind_the_last_does_not_say_that_there_are_no_runs(viewer: Viewer) -> None:
    assert "There is no page 9: the list has 1 page." in viewer.page("/runs?page=9")


def test_drift_has_a_page(viewer: Viewer) -> None:
    assert "series" in viewer.page("/drift")


@pytest.mark.parametrize("address", ["/runs", "/runs/run-d", "/drift", f"/runs?text={quote(HARM)}"])
def test_a_page_runs_nothing_that_came_from_outside(viewer: Viewer, address: str) -> None:
    received = viewer.get(f"/results{address}")
    page = received.body.decode()
    assert "<script>" not in page
    assert " style=" not in page
    policy = received.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_what_is_not_there_is_said_on_a_page(viewer: Viewer) -> None:
    received = viewer.get("/results/runs/no-such-run")
    assert received.status == 400
    assert "there is no run" in received.body.decode()


def test_a_comparison_of_one_run_says_what_to_do(viewer: Viewer) -> None:
    assert b"tick them" in viewer.get("/results/compare?runs=run-a").body


@pytest.mark.parametrize("address", ["/other/runs", "/results/nowhere"])
def test_an_address_that_leads_nowhere_is_not_found(viewer: Viewer, address: str) -> None:
    assert viewer.get(address).status == 404


@pytest.mark.parametrize(
    "address, cookie, said",
    [
        ("/results/nowhere", True, "there is nothing at this address"),
        ("/results/runs", False, "open the link that the command printed"),
    ],
)
def test_a_browser_that_is_refused_is_told_so_on_a_page(
    viewer: Viewer, address: str, cookie: bool, said: str
) -> None:
    headers = [("accept", "text/html"), *([("cookie", viewer.cookie)] if cookie else [])]
    received = call(viewer.application, "GET", address, headers)
    assert received.headers["content-type"].startswith("text/html")
    assert said in received.body.decode()


def test_nobody_sees_a_run_without_the_link(viewer: Viewer) -> None:
    assert call(viewer.application, "GET", "/results/runs").status == 401


def test_a_call_by_another_name_is_refused(viewer: Viewer) -> None:
    received = call(
        viewer.application, "GET", "/results/runs", [("cookie", viewer.cookie)], host="evil.example"
    )
    assert received.status == 421


def test_nothing_that_was_looked_at_should_not_have_happened(viewer: Viewer) -> None:
    assert viewer.failures == []


def test_looking_writes_and_folds_nothing(path: Path, viewer: Viewer) -> None:
    spool = Spool.create(path, "run-e")
    spool.add_run(make_run("run-e", status="running", finished_at=None))
    spool.flush()
    before = {each: each.read_bytes() for each in path.parent.rglob("*") if each.is_file()}
    for address in ("/runs", "/runs/run-a", "/compare?runs=run-a,run-b", "/drift"):
        viewer.page(address)
    after = {each: each.read_bytes() for each in path.parent.rglob("*") if each.is_file()}
    spool.discard()
    assert after == before


def test_a_store_that_a_writer_holds_is_said_and_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "results.duckdb"
    write_run(path)
    viewer = Viewer([path], wait_s=0.0)
    with Store.open(path, mode="write"):
        received = viewer.get("/results/runs")
    assert received.status == 503
    assert b'data-follow="2"' in received.body
    assert viewer.get("/results/runs").status == 200


def test_a_query_reaches_no_file_and_changes_no_setting(path: Path) -> None:
    with Shelf([path]).open("results") as store:
        for query in (
            "FROM read_text('/etc/hostname')",
            "SET memory_limit = '1GB'",
            "CREATE TABLE t (a INT)",
        ):
            with pytest.raises(duckdb.Error):
                store.connection.execute(query)


def test_stores_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_run(tmp_path / name / "results.duckdb")
    viewer = Viewer([tmp_path / "one/results.duckdb", tmp_path / "two/results.duckdb"])
    assert list(viewer.shelf.paths) == ["one-results", "two-results"]
    assert 'href="/two-results/runs"' in viewer.page("/runs")
