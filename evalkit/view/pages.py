"""Every page of a store by its address: a call in, a page out, the store open only in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from evalkit.core.frozen import frozen
from evalkit.report.drift_html import render_drift
from evalkit.report.html import render
from evalkit.report.page import Page, render_page
from evalkit.report.ways import Way
from evalkit.store.listing import Wanted
from evalkit.view.doors import door_of
from evalkit.view.drift_page import drift_of, nothing_to_watch
from evalkit.view.items_page import items_page
from evalkit.view.live_page import live_page, live_table
from evalkit.view.places import ServedPlaces
from evalkit.view.prompt_pages import prompt_page, prompts_page
from evalkit.view.run_pages import comparison_of, in_order, near_comparison, near_run, run_data
from evalkit.view.runs_page import Shown, runs_page
from evalkit.view.search_page import search_page
from evalkit.view.shelf import Shelf
from evalkit.view.sql_page import sql_page
from evalkit.web.call import Refusal


@frozen(slots=True)
class Moved:
    """The page is at another address."""

    href: str


Query = Mapping[str, str]
#: The text of a page, or where it is.
Painted = str | Moved
Paint = Callable[[str, Query, str], Painted]


class StorePages:
    """Pages of the stores of a shelf. Each takes the name of a store, the query, and what the address names.

    Raises Refusal for an address that leads nowhere, and as stores and commands do.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def by_address(self) -> Mapping[str, Paint]:
        """Address behind the store's name -> its page; ``{name}`` is what the address names."""
        return {
            "/runs": self.runs,
            "/runs/{name}": self.run,
            "/live/{name}": self.live,
            "/compare": self.comparison,
            "/drift": self.drift,
            "/prompts": self.prompts,
            "/items": self.items,
            "/search": self.search,
            "/sql": self.sql,
        }

    def runs(self, store: str, query: Query, _: str) -> Painted:
        texts = {key: query.get(key, "") for key in ("text", "outcome", "task", "status")}
        shown = Shown(Wanted(**texts), _page_number(query))
        places = self._places(store)
        going_on = self._shelf.going_on(store)
        live = [live_table(going_on, places)] if going_on else []
        with self._shelf.open(store) as opened:
            page = runs_page(opened, places, shown, live)
        return self._painted(page, places, "runs")

    def live(self, store: str, _: Query, run_id: str) -> Painted:
        """A run with rows beside the store; what is folded by now has its report."""
        places = self._places(store)
        found = next((run for run in self._shelf.going_on(store) if run.run_id == run_id), None)
        if found is None:
            return Moved(places.run(run_id))
        return self._painted(live_page(found, time.time()), places, "runs")

    def run(self, store: str, _: Query, run_id: str) -> Painted:
        places = self._places(store)
        with self._shelf.open(store) as opened:
            data = run_data(opened, run_id)
            near = near_run(opened, places, data.run.run_id)
        return render(data, door=door_of(places, "runs", stores=self._stores(store), near=near))

    def comparison(self, store: str, query: Query, _: str) -> Painted:
        """``runs=A,B``; what a list of runs sends is ``run.A=on&run.B=on``, and is put in order."""
        places = self._places(store)
        picked = [key.removeprefix("run.") for key in query if key.startswith("run.")]
        with self._shelf.open(store) as opened:
            if picked:
                return Moved(places.comparison(in_order(opened, picked)))
            names = [name for name in query.get("runs", "").split(",") if name]
            data = comparison_of(opened, names)
        near = near_comparison(places, names)
        return render(data, door=door_of(places, "runs", stores=self._stores(store), near=near))

    def drift(self, store: str, _: Query, __: str) -> Painted:
        places = self._places(store)
        with self._shelf.open(store) as opened:
            watched = drift_of(opened)
        if watched is None:
            return self._painted(nothing_to_watch(), places, "drift")
        return render_drift(watched, door_of(places, "drift", stores=self._stores(store)))

    def prompts(self, store: str, query: Query, _: str) -> Painted:
        """The list of prompts; with ``name`` the versions of one."""
        places, name = self._places(store), query.get("name", "")
        with self._shelf.open(store) as opened:
            page = prompt_page(opened, places, name) if name else prompts_page(opened, places)
        return self._painted(page, places, "prompts")

    def items(self, store: str, query: Query, _: str) -> Painted:
        places = self._places(store)
        with self._shelf.open(store) as opened:
            page = items_page(opened, places, query.get("task", ""))
        return self._painted(page, places, "items")

    def search(self, store: str, query: Query, _: str) -> Painted:
        places = self._places(store)
        with self._shelf.open(store) as opened:
            page = search_page(opened, places, query.get("text", ""), query.get("task", ""))
        return self._painted(page, places, "search")

    def sql(self, store: str, query: Query, _: str) -> Painted:
        places = self._places(store)
        with self._shelf.open(store) as opened:
            page = sql_page(opened, places, query.get("q", ""), query.get("chart", ""))
        return self._painted(page, places, "sql")

    def _places(self, store: str) -> ServedPlaces:
        if store not in self._shelf.paths:
            raise Refusal(404, "there is no store of this name", "open the link that the command printed")
        return ServedPlaces(store)

    def _stores(self, here: str) -> list[Way]:
        """To the runs of each store; none where there is but one."""
        if len(self._shelf.paths) < 2:
            return []
        return [Way(name, ServedPlaces(name).part("runs"), name == here) for name in self._shelf.paths]

    def _painted(self, page: Page, places: ServedPlaces, part: str) -> str:
        return render_page(page, door_of(places, part, stores=self._stores(places.store)))


def _page_number(query: Query) -> int:
    text = query.get("page", "1")
    return (int(text[:9]) or 1) if text.isascii() and text.isdigit() else 1
