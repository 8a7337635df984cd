"""Where evalkit keeps what it fetched or computed for this user."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir() -> Path:
    """``EVALKIT_CACHE_DIR``, else ``~/.cache/evalkit``. May not exist yet."""
    return Path(os.environ.get("EVALKIT_CACHE_DIR") or Path.home() / ".cache" / "evalkit")
