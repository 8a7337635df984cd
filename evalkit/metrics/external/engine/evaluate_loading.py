"""Opening modules of Hugging Face evaluate: quietly, once in a process, safe beside other processes."""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from evalkit.errors import MetricError, MissingExtraError


@cache
def load_module(name: str, config: str | None = None) -> Any:
    """The ``evaluate.EvaluationModule`` called ``name`` or kept at that path, under a configuration.

    Raises MissingExtraError without the package, MetricError where the module cannot be had.
    """
    evaluate = _package()
    try:
        # Two processes with one experiment id delete each other's cache files.
        experiment = f"evalkit-{os.getpid()}-{uuid4().hex[:12]}"
        return evaluate.load(name, config_name=config, experiment_id=experiment)
    except Exception as error:  # whatever the module's own script raises, too
        raise _failure(name, error) from None


@cache
def module_revision(name: str) -> str:
    """What tells two versions of a module apart: its script's hash, else the package's version."""
    script = _script(name)
    if script is not None:
        return sha256(script.read_bytes()).hexdigest()[:8]
    return str(_package().__version__)


def _package() -> Any:
    try:
        import evaluate
    except ImportError:
        raise MissingExtraError(
            "modules of evaluate need the package evaluate", hint="pip install 'pytest-evalkit[evaluate]'"
        ) from None
    # Counting downloads is a call home that nobody asked for.
    evaluate.config.HF_UPDATE_DOWNLOAD_COUNTS = False
    return evaluate


def _script(name: str) -> Path | None:
    path = Path(name)
    if path.suffix == ".py":
        return path if path.is_file() else None
    inside = path / f"{path.name}.py"
    return inside if inside.is_file() else None


def _failure(name: str, error: Exception) -> MetricError:
    what = f"evaluate cannot open the module {name!r}"
    if isinstance(error, ImportError):
        return MetricError(f"{what}: {_line(error)}")
    if _script(name) is not None:
        return MetricError(f"{what}: {type(error).__name__}: {_line(error)}")
    if name.endswith(".py") or name.startswith((".", "/")):
        return MetricError(f"{what}: there is no such script", hint="paths start at the working directory")
    return MetricError(
        f"{what}: its script is not on this machine and the Hub was not reached or has none of that name",
        hint="download the module's folder and write 'evaluate: PATH/TO/FOLDER'",
    )


def _line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
