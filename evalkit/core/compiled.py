"""Functions that are spelled out field by field, written from what the fields declare.

What is done once for every answer costs several times as much by ``getattr`` and ``dataclasses.replace``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def compiled(name: str, source: str, names: Mapping[str, Any]) -> Any:
    """The function ``name`` that ``source`` defines; ``names`` is what it may use beside builtins."""
    space = dict(names)
    exec(compile(source, f"<evalkit {name}>", "exec"), space)
    return space[name]
