"""Where the shared benchmark data is; tests that need it skip where it is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent


def shared_data(*parts: str) -> Path:
    """A file or folder of the shared data: under ``EVALKIT_SHARED_DATA``, else beside the repository."""
    given = os.environ.get("EVALKIT_SHARED_DATA")
    roots = [Path(given)] if given else [_ROOT.parent / "shared/data", _ROOT.parent.parent / "shared/data"]
    for root in roots:
        path = root.joinpath(*parts)
        if path.exists():
            return path
    pytest.skip(f"shared data {'/'.join(parts)} is not there (set EVALKIT_SHARED_DATA)")
