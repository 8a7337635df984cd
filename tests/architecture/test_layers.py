"""The layers that import-linter holds are the ones that the docs draw and the disk has."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from tests.architecture.tree import PACKAGE, ROOT

Rows = list[set[str]]


def contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return list(settings["tool"]["importlinter"]["contracts"])


def rows(lines: list[str]) -> Rows:
    return [{name.strip() for name in line.split("|")} for line in lines]


def linted_rows() -> Rows:
    (layers,) = (contract for contract in contracts() if contract["type"] == "layers")
    return rows(layers["layers"])


def drawn_rows() -> Rows:
    page = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")
    block = re.search(r"^```text\n(pytest_plugin \| cli\n.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert block is not None
    return rows(block[1].splitlines())


def test_the_docs_draw_the_layers_that_are_linted() -> None:
    assert drawn_rows() == linted_rows()


def test_every_part_of_the_package_stands_in_exactly_one_layer() -> None:
    named = [name for row in linted_rows() for name in row]
    on_disk = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert sorted(named) == sorted(on_disk - {"__init__", "__main__"})


def test_every_part_is_named_in_each_contract_that_keeps_a_library_at_one_edge() -> None:
    every = {f"evalkit.{name}" for row in linted_rows() for name in row}
    edges = {"pytest": {"pytest_plugin"}, "duckdb": {"store"}, "jinja2": {"prompts", "report"}}
    for contract in contracts():
        if contract["type"] == "forbidden":
            owners = {f"evalkit.{name}" for name in edges[contract["forbidden_modules"][0]]}
            assert set(contract["source_modules"]) == every - owners, contract["name"]
