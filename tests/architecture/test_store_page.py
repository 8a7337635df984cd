"""docs/reference/store.md lists the tables as the schema describes itself.

``EVALKIT_WRITE_DOCS=1 pytest tests/architecture/test_store_page.py`` writes the list anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from evalkit.store.store import Store
from tests.architecture.tree import ROOT

PAGE = ROOT / "docs/reference/store.md"
_LISTED = re.compile(r"(?<=-->\n).*(?=<!-- tables: end -->)", re.DOTALL)


@pytest.fixture
def schema(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path / "results.duckdb"
    with Store.open(path, mode="write"):
        pass
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def listed(schema: duckdb.DuckDBPyConnection) -> str:
    """Markdown of all public tables, by name."""
    tables = schema.execute(
        "SELECT table_name, comment FROM duckdb_tables() "
        "WHERE comment NOT LIKE 'Internal:%' ORDER BY table_name"
    ).fetchall()
    return "\n".join(_table(schema, name, comment) for name, comment in tables)


def _table(schema: duckdb.DuckDBPyConnection, name: str, comment: str) -> str:
    columns = schema.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() "
        "WHERE table_name = ? ORDER BY column_index",
        [name],
    ).fetchall()
    rows = "".join(f"| `{column}` | {kind} | {text} |\n" for column, kind, text in columns)
    return f"### `{name}`\n\n{comment}.\n\n| column | type | meaning |\n| --- | --- | --- |\n{rows}"


def test_every_table_and_column_of_the_schema_has_a_comment(schema: duckdb.DuckDBPyConnection) -> None:
    bare = schema.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL "
        "UNION ALL SELECT table_name, NULL FROM duckdb_tables() WHERE comment IS NULL"
    ).fetchall()
    assert not bare


def test_the_page_lists_the_tables_of_the_schema(schema: duckdb.DuckDBPyConnection) -> None:
    page = PAGE.read_text(encoding="utf-8")
    begin = page.index("<!-- tables: begin")
    text = page[:begin] + _LISTED.sub(lambda _: f"\n{listed(schema)}\n", page[begin:], count=1)
    if os.environ.get("EVALKIT_WRITE_DOCS"):
        PAGE.write_text(text, encoding="utf-8")
        return
    assert page == text, (
        "write the list anew: EVALKIT_WRITE_DOCS=1 pytest tests/architecture/test_store_page.py"
    )
