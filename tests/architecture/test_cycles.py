"""No file imports itself, however long the way round, not even where an import waits in a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, package_files, tree


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package_of(path: Path) -> str:
    return ".".join(path.parent.relative_to(PACKAGE.parent).parts)


def mentioned(module: ast.Module, package: str) -> Iterator[str]:
    """What a file imports anywhere in it, also for types alone; names of modules among names of objects."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) + 1 - node.level]
                source = ".".join(filter(None, (*above, source)))
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def cycle(files: Mapping[str, tuple[ast.Module, str]]) -> list[str] | None:
    """The names along one way round, None where there is none."""
    edges = {
        name: {each for each in mentioned(module, package) if each in files and each != name}
        for name, (module, package) in files.items()
    }
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return None


def test_the_files_of_the_package_import_each_other_in_one_direction() -> None:
    assert cycle({module_name(path): (tree(path), package_of(path)) for path in package_files()}) is None


@pytest.mark.parametrize(
    "one",
    [
        "from pack.two import f",
        "from .two import f",
        "from . import two",
        "def g():\n    from pack import two",
        "def g():\n    import pack.two",
    ],
)
def test_a_way_round_is_found_however_it_is_written(one: str) -> None:
    files = {"pack.one": one, "pack.two": "from pack.one import g"}
    assert cycle({name: (ast.parse(text), "pack") for name, text in files.items()}) is not None
