"""The pages of a store shut nobody out: axe finds nothing, nothing is cut off, no text of a store runs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.store.spool import Spool
from evalkit.view.shelf import Shelf
from evalkit.view.site import site_of
from evalkit.web.application import application_of
from evalkit.web.hosts import listen, names_of, url_of
from evalkit.web.visitors import Visitors
from tests.browser.axe import places
from tests.unit.store.records import make_evaluation, make_run, write_run

pytestmark = pytest.mark.browser

HARM = "<img src=x onerror=alert(1)>"
QUERY = "SELECT run_id AS run, n_samples AS n FROM evaluations"
PAGES = (
    "runs", "runs/run-b", "compare?runs=run-a,run-b", "live/run-x", "drift", "prompts", "items?task=sums",
    "search?text=1", f"sql?chart=bars&q={QUERY}", f"sql?chart=line&q={QUERY}", "runs/nothing",
)  # fmt: skip


#: Those that together have every colour.
DARK = ("runs", "runs/run-b", "drift", PAGES[-2])


def serve_in_thread(application: Any, opened: socket.socket) -> Any:
    import uvicorn

    config = uvicorn.Config(application, log_config=None, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined, unused-ignore]
    threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two runs, one of them with harmful names."""
    path = tmp_path_factory.mktemp("seen") / "results.duckdb"
    write_run(path, "run-a", values=(1.0, 1.0, 1.0))
    write_run(
        path, "run-b", values=(1.0, 0.0, 0.0), outcome="fail", git_branch=HARM, started_at=1_700_001_000.0
    )
    return path


@pytest.fixture(scope="module")
def spool(path: Path) -> Iterator[Spool]:
    """A run that goes on."""
    spool = Spool.create(path, "run-x")
    spool.add_run(make_run("run-x", status="running", finished_at=None))
    spool.add_evaluation(make_evaluation("run-x-1", "run-x", task=HARM, n_samples=10))
    spool.flush()
    yield spool
    spool.discard()


@pytest.fixture(scope="module")
def link(path: Path, spool: Spool) -> Iterator[str]:
    """The store, served."""
    visitors = Visitors(["viewer"])
    opened = listen("127.0.0.1", 0)
    port = opened.getsockname()[1]
    failures: list[str] = []
    site = site_of(Shelf([path]), visitors, names_of("127.0.0.1"), port, failures.append)
    server = serve_in_thread(application_of(site), opened)
    yield f"{url_of(opened, '127.0.0.1')}/?token={visitors.tokens()['viewer']}"
    server.should_exit = True
    assert failures == []


def test_axe_finds_nothing_and_nothing_is_cut_off_on_any_page(browser: Any, link: str) -> None:
    context = browser.new_context(viewport={"width": 700, "height": 900})
    context.set_default_timeout(300_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append("a text of the store ran"))
    page.goto(link)
    page.wait_for_url("**/results/runs")
    root = page.url.removesuffix("runs")
    for address in PAGES:
        page.goto(root + address)
        assert places(page, is_dark_too=address in DARK) == [], address
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), address
    context.close()
    assert complaints == []


def test_a_page_of_a_run_that_goes_on_shows_what_comes_by_itself(
    browser: Any, link: str, spool: Spool
) -> None:
    context = browser.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(link)
    page.wait_for_url("**/results/runs")
    page.goto(page.url.removesuffix("runs") + "live/run-x")
    assert "0 of 10" in page.inner_text("main")
    spool.add_response("run-x-1", Sample("s0", "1 + 1", "2"), Response("2"))
    spool.flush()
    page.locator("main", has_text="1 of 10").wait_for()
    context.close()


def test_two_runs_are_compared_by_the_keyboard_alone(browser: Any, link: str) -> None:
    context = browser.new_context()
    context.set_default_timeout(300_000)
    page = context.new_page()
    page.goto(link)
    page.wait_for_url("**/results/runs")
    for name in ("Compare run run-a", "Compare run run-b"):
        page.get_by_label(name).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Compare the runs that are ticked").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/results/compare?runs=run-a%2Crun-b")
    assert page.locator("#samples-table").count() == 1
    context.close()
