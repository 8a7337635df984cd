"""Parquet files, unpacked only as far as a bound on their size allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.datasets.fileformat import FileFormat
from evalkit.errors import DatasetError, MissingExtraError
from evalkit.files.border import reason_of
from evalkit.files.reading import inflated, most_inflated, read_bytes, too_large

#: Rows that are unpacked at once, and what each counts for beside its values: a column may pack to nothing.
_BATCH_ROWS = 256
_ROW_BYTES = 64


def read_parquet(path: Path, form: FileFormat) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Rows in the file's order. Raises MissingExtraError without pyarrow, DatasetError on anything else."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        hint = "pip install 'pytest-evalkit[benchmarks]'"
        raise MissingExtraError("parquet files need pyarrow", where=str(path), hint=hint) from None
    data = read_bytes(path)
    data = inflated(data) if path.suffix.lower() == ".gz" else data
    most, n_bytes, number = most_inflated(len(data)), 0, 0
    try:
        for batch in pq.ParquetFile(pa.BufferReader(data)).iter_batches(_BATCH_ROWS):
            n_bytes += _ROW_BYTES * batch.num_rows + sum(_n_bytes(column) for column in batch.columns)
            if n_bytes > most:
                what = f"the file cannot be read: {reason_of(too_large(most))}"
                raise DatasetError(what, where=f"{path}, row {number}")
            for row in batch.to_pylist():
                yield f"{path}, row {number}", row
                number += 1
    except (pa.ArrowException, OSError) as error:
        where = f"{path}, row {number}" if number else str(path)
        raise DatasetError(f"the file is not Parquet: {reason_of(error)}", where=where) from None


def _n_bytes(column: Any) -> int:
    """What a column takes once its values are no longer shared."""
    decode = getattr(column, "dictionary_decode", None)
    return int((decode() if decode else column).nbytes)
