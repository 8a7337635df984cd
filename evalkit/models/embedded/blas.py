"""numpy's matrix multiplication: one thread for each caller, and where a column's bits stand alone."""

from __future__ import annotations

import ctypes as c
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from evalkit.models.embedded.gguf_file import Floats

#: (reader, setter) of the thread count, as the wheels of numpy and other builds spell them.
_NAMES = (
    ("scipy_openblas_get_num_threads64_", "scipy_openblas_set_num_threads64_"),
    ("openblas_get_num_threads64_", "openblas_set_num_threads64_"),
    ("scipy_openblas_get_num_threads", "scipy_openblas_set_num_threads"),
    ("openblas_get_num_threads", "openblas_set_num_threads"),
)

#: Columns that may be left unused at either end.
MARGINS = (0, 8, 16)


class OneThreadEach:
    """Between the first ``enter`` and the last ``leave`` each caller multiplies on its own thread alone.

    Callers that run side by side would fight over the cores. The count is the process's; it is put back.
    Without effect on a BLAS that is not OpenBLAS.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_users, self._before = 0, 1

    def enter(self) -> None:
        with self._lock:
            self._n_users += 1
            found = _thread_functions()
            if found is not None and self._n_users == 1:
                self._before = found[0]()
                found[1](1)

    def leave(self) -> None:
        with self._lock:
            self._n_users -= 1
            found = _thread_functions()
            if found is not None and self._n_users == 0:
                found[1](self._before)


one_thread_each = OneThreadEach()


def steady_margin(matrices: Sequence[Floats], counts: Sequence[int]) -> int | None:
    """How many columns at either end to leave unused so that ``matrix @ columns`` has, in all others, the
    same bits at any place of any of these counts of columns; None where no margin does it.

    A multiplication sums each value in the same order wherever its column stands, apart from the ends in some
    BLAS (the AVX2 kernels of OpenBLAS). Nothing promises it, so it is tried, once for each shape.
    """
    for margin in MARGINS:
        tried = {matrix.shape: matrix for matrix in matrices}
        if all(_is_steady(matrix, counts, margin) for matrix in tried.values()):
            return margin
    return None


def _is_steady(matrix: Floats, counts: Sequence[int], margin: int) -> bool:
    column = np.random.default_rng(0).normal(size=(matrix.shape[1], 1)).astype(np.float32)
    first = None
    for n in counts:
        values = (matrix @ np.tile(column, n))[:, margin : n - margin]
        first = values[:, :1] if first is None else first
        if (values != first).any():
            return False
    return True


@cache
def _thread_functions() -> tuple[Any, Any] | None:
    try:
        library = c.CDLL(np._core._multiarray_umath.__file__)  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return None
    for reader, setter in _NAMES:
        if hasattr(library, reader) and hasattr(library, setter):
            return getattr(library, reader), getattr(library, setter)
    return None
