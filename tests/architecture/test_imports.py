"""What is imported, where, and what importing evalkit costs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.test_cycles import module_name
from tests.architecture.tree import ROOT, package_files, relative, tree
from tests.invocation import environment

#: Distributions that are imported under another name.
IMPORTED_AS = {"pyyaml": "yaml"}

#: Parts of a dependency's public interface that live in a distribution of their own.
PARTS = {"_pytest", "yarl"}


def project() -> dict[str, Any]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(settings["project"])


def names(requirements: list[str]) -> set[str]:
    found = {requirement.partition(">")[0].partition("[")[0].strip() for requirement in requirements}
    return {IMPORTED_AS.get(name.lower(), name.lower()) for name in found}


def dependencies() -> set[str]:
    return names(project()["dependencies"])


def imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def at_import_time(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when a module is imported: no function bodies, nothing under TYPE_CHECKING."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from at_import_time(child)


def third_party(found: Iterator[str]) -> set[str]:
    return set(found) - sys.stdlib_module_names - {"evalkit", "__future__"}


@pytest.mark.parametrize("path", package_files(), ids=relative)
def test_a_module_imports_nothing_at_its_top_that_the_default_install_lacks(path: Path) -> None:
    assert third_party(imported(at_import_time(tree(path)))) <= dependencies() | PARTS


def test_every_dependency_of_the_default_install_is_used() -> None:
    used = {name for path in package_files() for name in imported(ast.walk(tree(path)))}
    assert dependencies() <= used


def test_every_extra_is_for_code_that_is_here() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in package_files())
    needed = {
        re.split(r"[=>;]", each)[0].strip()
        for name, extra in project()["optional-dependencies"].items()
        if name not in ("all", "dev")
        for each in extra
    }
    assert not [name for name in needed if not re.search(rf"\b{name.replace('-', '[-_]')}\b", text)]


def test_the_extra_called_all_is_the_union_of_the_others() -> None:
    extras = project()["optional-dependencies"]
    (everything,) = extras["all"]
    listed = everything.partition("[")[2].rstrip("]").split(",")
    assert sorted(listed) == sorted(set(extras) - {"all", "dev"})


@pytest.mark.parametrize("module", ["evalkit", "evalkit.pytest_plugin"])
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    program = (
        f"import sys, pytest; before = set(sys.modules); import {module}; print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "evalkit" in loaded
    assert third_party(iter(loaded)) == set()
    assert not loaded & {"asyncio", "multiprocessing", "sqlite3", "unittest"}


@pytest.fixture(scope="module")
def of_each_session() -> set[str]:
    """Modules of evalkit that a session loads before it knows its tasks."""
    program = "import sys, evalkit.pytest_plugin.hooks, evalkit.session.evaluator; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in done.stdout.split() if name.startswith("evalkit.")}


@pytest.mark.parametrize(
    "module",
    [
        "comparisons.comparable",
        "comparisons.compare",
        "comparisons.difference",
        "datasets.mirror",
        "gates.deciding.compared",
        "gates.deciding.family",
        "gates.deciding.pooling",
        "gates.regression",
        "stats.power",
    ],
)
def test_a_session_that_compares_nothing_loads_nothing_that_compares(
    module: str, of_each_session: set[str]
) -> None:
    assert f"evalkit.{module}" not in of_each_session


#: Others subclass what these declare, or it has an ``InitVar``; asking models has measures of its own.
DATACLASSES = ("core.gate", "core.task", "metrics.", "models.wire.", "runner.asking", "scorers.")


def test_data_of_each_session_is_declared_at_little_cost(of_each_session: set[str]) -> None:
    costly = {
        f"{relative(path)}:{node.lineno}"
        for path in package_files()
        if (name := module_name(path)) in of_each_session
        if not name.removeprefix("evalkit.").startswith(DATACLASSES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node).startswith("dataclass(frozen=True")
    }
    assert costly == set()
