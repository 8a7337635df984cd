"""A real Chromium, where there is one."""

from __future__ import annotations

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str:
    """``EVALKIT_CHROMIUM``, or the first that is on the path; skips the test where there is none."""
    given = os.environ.get("EVALKIT_CHROMIUM")
    path = shutil.which(given) if given else next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no Chromium is there ({', '.join(NAMES)}; set EVALKIT_CHROMIUM)")
    return path
