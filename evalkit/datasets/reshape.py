"""A function of the user's, beside the mirror, that turns the rows of a file into those of a dataset."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evalkit.core.user_code import caught, told
from evalkit.datasets.oddities import oddity_of
from evalkit.errors import DatasetError

Rows = list[dict[str, Any]]
Reshape = Callable[[Rows], Rows]


def open_reshape(given: Any, folder: Path, where: str) -> Reshape:
    """``FILE.py:function`` -> a function that loads it when it is first needed; FILE is relative to
    ``folder``.

    Raises DatasetError at ``where`` on another form; the function raises it where file or function are not
    there or fail, and where it gives no list of rows.
    """
    file, _, name = str(given).rpartition(":")
    if not file.endswith(".py") or not name.isidentifier():
        raise DatasetError(
            f"reshape {given!r} names no function", where=where, hint="write 'FILE.py:function'"
        )

    def reshape(rows: Rows) -> Rows:
        try:
            made = _load(folder / file, name)(rows)
        except BaseException as error:
            raise DatasetError(f"reshape {given}: {told(caught(error))}", where=where) from None
        if not isinstance(made, list) or not all(isinstance(row, dict) for row in made):
            raise DatasetError(f"reshape {given} did not return a list of rows", where=where)
        for number, row in enumerate(made):
            if problem := oddity_of(row):
                raise DatasetError(f"reshape {given}: row {number} {problem}", where=where)
        return made

    return reshape


def _load(path: Path, name: str) -> Reshape:
    spec = importlib.util.spec_from_file_location(f"evalkit_reshape_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Reshape = getattr(module, name)
    return function
