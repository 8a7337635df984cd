"""How tests start pytest and evalkit as processes of their own, on the tree that they stand in."""

from __future__ import annotations

import os
import signal
import sys
from importlib.metadata import entry_points
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVALKIT = [sys.executable, "-m", "evalkit"]
#: Without plugins of other packages: no story is about them, and Hypothesis takes a second of each start.
ALONE = ["-p", "no:hypothesispytest", "-p", "no:anyio"]


def pytest_command() -> list[str]:
    """``python -m pytest`` without others' plugins, ours named where no installed entry point brings it."""
    is_installed = any(point.name == "evalkit" for point in entry_points(group="pytest11"))
    ours = () if is_installed else ("-p", "evalkit.pytest_plugin")
    return [sys.executable, "-m", "pytest", *ALONE, *ours]


def environment(**changes: str) -> dict[str, str]:
    """This environment without what would configure pytest or evalkit, the tree first on the import path."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("EVALKIT_", "PYTEST_", "COV_")) or name == "EVALKIT_SHARED_DATA"
    }
    path = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))
    return {**kept, "PYTHONPATH": path, **changes}


def heed_ctrl_c() -> None:
    """For ``preexec_fn``: what a shell starts in the background ignores Ctrl-C, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
