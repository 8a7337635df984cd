"""The pages of stores as a site for one visitor on this machine; nothing in it changes anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from evalkit.errors import EvalkitError, StoreLockedError
from evalkit.report.blocks import Note
from evalkit.report.drift_html import drift_style
from evalkit.report.html import scripts, stylesheet
from evalkit.report.page import Page, render_page
from evalkit.report.sections import Section
from evalkit.report.ways import Door, Way
from evalkit.view.doors import SCRIPT, STYLE
from evalkit.view.pages import Moved, Paint, Painted, StorePages
from evalkit.view.places import ServedPlaces
from evalkit.view.shelf import Shelf
from evalkit.web.application import Site
from evalkit.web.call import Call, Endpoint, Reply
from evalkit.web.static_files import text_file
from evalkit.web.visitors import Visitors

#: Files of this server alone; forms ask it for pages; pictures may stand in an answer as data.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
_HTML = "text/html; charset=utf-8"

#: Where the link that was printed leads: a page of this site that goes on to the runs, so that the cookie,
#: which is for this site alone, goes with it wherever the link was opened from.
_HOME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>evalkit</title><link rel="icon" href="data:,">
<meta http-equiv="refresh" content="0; url={first}"></head>
<body><p><a href="{first}">To the runs</a></p></body></html>
"""


def site_of(
    shelf: Shelf, visitors: Visitors, names: frozenset[str], port: int, on_failure: Callable[[str], None]
) -> Site:
    """The site.

    Args:
        names, on_failure: as ``Site`` has them.
        port: that it is served at.
    """
    home = _HOME.format(first=ServedPlaces(shelf.first).part("runs"))
    pages = {
        "/": Reply(200, home.encode(), _HTML, {**_HEADERS, "ETag": '"home"'}),
        STYLE: text_file(stylesheet(with_ways=True) + drift_style(), ".css"),
        SCRIPT: text_file(scripts(is_followed=True), ".js"),
    }
    endpoints = [
        Endpoint("GET", f"/{{store}}{address}", partial(_answer, paint))
        for address, paint in StorePages(shelf).by_address().items()
    ]
    return Site(pages, endpoints, visitors, names, f"evalkit_view_{port}", on_failure)


def _answer(paint: Paint, call: Call) -> Reply:
    store = call.path["store"]
    try:
        return _reply(paint(store, call.query, call.path.get("name", "")))
    except EvalkitError as error:
        status = 503 if isinstance(error, StoreLockedError) else 400
        return _reply(_told(store, error), status)


def _reply(painted: Painted, status: int = 200) -> Reply:
    if isinstance(painted, Moved):
        return Reply(303, b"", "text/plain", {"Location": painted.href, "Cache-Control": "no-store"})
    return Reply(status, painted.encode("utf-8", "xmlcharrefreplace"), _HTML, _HEADERS)


def _told(store: str, error: EvalkitError) -> str:
    """What went wrong, as a page; where a writer has the store, one that asks again by itself."""
    is_locked = isinstance(error, StoreLockedError)
    title = "The store is being written" if is_locked else "This cannot be shown"
    where = f"{error.where}: " if error.where else ""
    hint = "The page asks again by itself." if is_locked else (error.hint or "")
    blocks = (Note(f"{where}{error.what}", "warning"), *([Note(hint)] if hint else []))
    page = Page(title, "view", [Section("error", "", blocks)], follow_s=2 if is_locked else 0)
    home = Way("Runs", ServedPlaces(store).part("runs"))
    return render_page(page, Door((home,), style=STYLE, script=SCRIPT))
