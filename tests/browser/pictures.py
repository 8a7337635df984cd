"""Pictures of a report in a real Chromium, a light one and a dark one: what README.md opens with.

``python -m tests.browser.pictures REPORT LIGHT DARK`` (``make pictures``)
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

from tests.browser.chromium import ARGUMENTS, chromium_path

#: As wide as the page of a repository shows sharp, as high as the answer and the picture of differences.
_WIDTH, _HEIGHT = 1280, 740

Scheme = Literal["light", "dark"]


def take(report: Path, pictures: dict[Scheme, Path]) -> None:
    """The first screen of a report, in each colour scheme."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS])
        for scheme, path in pictures.items():
            page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme=scheme)
            page.goto(report.resolve().as_uri())
            path.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=path)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("report", "light", "dark"):
        parser.add_argument(name, type=Path)
    arguments = parser.parse_args()
    take(arguments.report, {"light": arguments.light, "dark": arguments.dark})
    print(arguments.light, arguments.dark, sep="\n")


if __name__ == "__main__":
    main()
