"""Somebody who looks at stores in a browser, without one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evalkit.view.shelf import Shelf
from evalkit.view.site import site_of
from evalkit.web.application import application_of
from evalkit.web.hosts import names_of
from evalkit.web.visitors import Visitors
from tests.unit.web.calling import Received, call


class Viewer:
    """Has opened the link; ``failures`` are what should not have happened."""

    def __init__(self, paths: Sequence[Path], wait_s: float = 5.0) -> None:
        self.shelf = Shelf(paths, wait_s)
        self.failures: list[str] = []
        visitors = Visitors(["viewer"])
        token = visitors.tokens()["viewer"]
        site = site_of(self.shelf, visitors, names_of("127.0.0.1"), 80, self.failures.append)
        self.application = application_of(site)
        login = call(self.application, "GET", f"/?token={token}")
        self.cookie = login.headers["set-cookie"].partition(";")[0]

    def get(self, address: str) -> Received:
        return call(self.application, "GET", address, [("cookie", self.cookie)])

    def page(self, address: str) -> str:
        """The page at an address of the first store."""
        received = self.get(f"/{self.shelf.first}{address}")
        assert received.status == 200, received.body
        return received.body.decode()
