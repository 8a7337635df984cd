"""Reports in a real browser, light and dark, at 1400 and 700 px: ``make proof-pages``.

    python -m tests.browser.real_pages FOLDER [--pictures DIR] [NAME…]

For each page of the folder: what axe finds, what the page complains of, and whether it scrolls sideways.
``--pictures`` writes each as PNG, in print too. Status 1 where anything was found.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.axe import violations
from tests.browser.chromium import ARGUMENTS, chromium_path

WIDTHS, SCHEMES = (1400, 700), ("light", "dark")
_HEIGHT, _PATIENCE_MS = 1000, 600_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", metavar="NAME", nargs="*")
    parser.add_argument("--pictures", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    paths = [
        path
        for path in sorted(arguments.folder.glob("*.html"))
        if not arguments.names or path.stem in arguments.names
    ]
    if not paths:
        parser.error(f"no such page in {arguments.folder}")
    n_found = 0
    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=chromium_path(), args=list(ARGUMENTS), timeout=_PATIENCE_MS
        )
        for path in paths:
            for width in WIDTHS:
                for scheme in SCHEMES:
                    found = look(browser, path, width, scheme, arguments.pictures)
                    n_found += len(found)
                    print(f"{path.stem}, {width} px, {scheme}: {len(found) or 'nothing'} found", flush=True)
                    for each in found:
                        print(f"    {each}")
        browser.close()
    return int(n_found > 0)


def look(browser: Any, path: Path, width: int, scheme: str, pictures: Path | None) -> list[str]:
    """What is wrong with one page, all that is folded opened, and the first sample."""
    context = browser.new_context(viewport={"width": width, "height": _HEIGHT}, color_scheme=scheme)
    context.set_default_timeout(_PATIENCE_MS)
    page, found = context.new_page(), list[str]()
    page.on("console", lambda message: found.append(message.text))
    page.on("pageerror", lambda error: found.append(str(error)))
    page.goto(path.resolve().as_uri())
    page.wait_for_selector("html[data-ready]")
    if pictures is not None:
        _take(page, pictures, f"{path.stem}-{width}-{scheme}")
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    if page.locator("#samples-body button").count():
        page.locator("#samples-body button").first.click()
    found += violations(page)
    beyond = page.evaluate("document.documentElement.scrollWidth") - width
    if beyond > 0:
        found.append(f"the page is {beyond} px wider than the window")
    context.close()
    return found


def _take(page: Any, pictures: Path, name: str) -> None:
    pictures.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=pictures / f"{name}.png", full_page=True)
    if name.endswith("1400-light"):
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 760, "height": _HEIGHT})
        page.screenshot(path=pictures / f"{name.partition('-')[0]}-print.png", full_page=True)
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1400, "height": _HEIGHT})


if __name__ == "__main__":
    sys.exit(main())
