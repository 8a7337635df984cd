"""The files of the repository, and the functions in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "evalkit"

_PASSED_OVER = {"build", "dist", "node_modules", "reports"}
_TEXT = {
    ".cfg",
    ".css",
    ".html",
    ".jinja",
    ".js",
    ".json",
    ".md",
    ".py",
    ".sql",
    ".toml",
    ".txt",
    ".yaml",
    ".yml",
}


def relative(path: Path) -> str:
    """How a file is called in messages and test ids."""
    return path.relative_to(ROOT).as_posix()


@cache
def package_files() -> tuple[Path, ...]:
    """Every module of evalkit."""
    return tuple(sorted(PACKAGE.rglob("*.py")))


@cache
def text_files() -> tuple[Path, ...]:
    """Every text file that belongs to the repository: environments, caches and results left out."""
    return tuple(sorted(_walk(ROOT)))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            is_hidden = path.name.startswith(".") and path.name not in {".ci", ".github"}
            if not is_hidden and path.name not in _PASSED_OVER and not path.name.endswith(".egg-info"):
                yield from _walk(path)
        elif path.suffix in _TEXT or path.name in {"Makefile", "run"}:
            yield path


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module, nested ones included."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def n_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end, the docstring left out."""
    assert function.end_lineno is not None
    total = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is None or first.end_lineno is None:
        return total
    return total - (first.end_lineno - first.lineno + 1)
