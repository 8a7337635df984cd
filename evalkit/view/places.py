"""Where pages are: the same page has one address in the server and another in a folder of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import quote, urlencode

from evalkit.core.frozen import frozen

#: Parts of the store that have a page of their own, in the order of the head.
PARTS = {
    "runs": "Runs", "drift": "Drift", "prompts": "Prompts", "items": "Items", "search": "Search",
    "sql": "SQL",
}  # fmt: skip


class Places(Protocol):
    """Addresses, as they stand in ``href``."""

    @property
    def parts(self) -> Sequence[str]:
        """Names in ``PARTS`` of the parts that are there."""
        ...

    @property
    def is_served(self) -> bool:
        """Whether somebody answers what forms ask."""
        ...

    def part(self, name: str, query: Mapping[str, str] | None = None) -> str: ...

    def run(self, run_id: str) -> str:
        """Of a run's report; empty where there is none."""
        ...

    def comparison(self, run_ids: Sequence[str]) -> str:
        """Of runs side by side; empty where there is none."""
        ...

    def prompt(self, name: str) -> str: ...


@frozen(slots=True)
class ServedPlaces:
    """Addresses in the server.

    Attributes:
        store: the name of the store there.
    """

    store: str
    parts: Sequence[str] = tuple(PARTS)
    is_served: bool = True

    def part(self, name: str, query: Mapping[str, str] | None = None) -> str:
        return self._address([name], query)

    def run(self, run_id: str) -> str:
        return self._address(["runs", run_id])

    def comparison(self, run_ids: Sequence[str]) -> str:
        return self._address(["compare"], {"runs": ",".join(run_ids)})

    def prompt(self, name: str) -> str:
        return self.part("prompts", {"name": name})

    def live(self, run_id: str) -> str:
        """Of a run that is still going on."""
        return self._address(["live", run_id])

    def _address(self, names: Sequence[str], query: Mapping[str, str] | None = None) -> str:
        path = "/".join(quote(each, safe="") for each in (self.store, *names))
        told = {name: value for name, value in (query or {}).items() if value}
        return f"/{path}?{urlencode(told)}" if told else f"/{path}"


@frozen(slots=True)
class FolderPlaces:
    """Names of files in one folder.

    Attributes:
        run_ids: of the runs whose reports are there.
        prompts: numbers of the pages of prompts, by name.
        comparisons: baseline and candidate of the comparisons that are there; no candidate has two.
        parts: of the parts that are there.
    """

    run_ids: frozenset[str]
    prompts: Mapping[str, int]
    comparisons: frozenset[tuple[str, str]] = frozenset()
    parts: Sequence[str] = ("runs", "drift", "prompts")
    is_served: bool = False

    def part(self, name: str, query: Mapping[str, str] | None = None) -> str:
        page = int((query or {}).get("page", "1"))
        if name == "runs":
            return "index.html" if page == 1 else f"runs-{page}.html"
        return f"{name}.html"

    def run(self, run_id: str) -> str:
        return run_file(run_id) if run_id in self.run_ids else ""

    def comparison(self, run_ids: Sequence[str]) -> str:
        return comparison_file(run_ids[-1]) if tuple(run_ids) in self.comparisons else ""

    def prompt(self, name: str) -> str:
        return f"prompt-{self.prompts[name]}.html"


def run_file(run_id: str) -> str:
    """The report of a run in a folder; ids of runs are plain names."""
    return f"run-{run_id}.html"


def comparison_file(candidate: str) -> str:
    """A run beside the one before it in a folder."""
    return f"compare-{candidate}.html"
