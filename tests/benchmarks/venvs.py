"""Virtual environments for what evalkit is held against and must not be installed beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def ensure(venv: Path, requirements: Sequence[str]) -> Path:
    """The Python of a virtual environment with these packages in it; made where there is none.

    One whose installation was broken off is made again, and so is one of other packages.
    """
    python, made = venv / "bin" / "python", venv / "requirements.txt"
    wanted = "\n".join(requirements)
    if not made.exists() or made.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *requirements], check=True)
        made.write_text(wanted, encoding="utf-8")
    return python
