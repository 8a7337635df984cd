"""What leaves evalkit as text goes through one function at each border."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, package_files, relative, tree

#: What makes a text fit for a terminal; the detail of an Outcome is so from its making on.
SAFE = ("inert(", "message(", "outcome.detail")


def calls(path: Path) -> list[ast.Call]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("path", sorted((PACKAGE / "cli").glob("*.py")), ids=relative)
def test_commands_print_through_one_module(path: Path) -> None:
    if path.name != "printing.py":
        names = {ast.unparse(call.func) for call in calls(path)}
        assert not names & {"print", "sys.stdout.write", "sys.stderr.write"}


def test_every_warning_is_made_of_a_text_that_a_terminal_may_have() -> None:
    warnings = [
        (relative(path), ast.unparse(call.args[0]))
        for path in package_files()
        for call in calls(path)
        if ast.unparse(call.func) in ("warnings.warn", "warnings.warn_explicit")
    ]
    assert warnings
    assert not [each for each in warnings if not any(word in each[1] for word in SAFE)]


def test_every_usage_error_of_pytest_is_made_in_one_place() -> None:
    made = {
        relative(path)
        for path in package_files()
        for call in calls(path)
        if ast.unparse(call.func) == "pytest.UsageError"
    }
    assert made == {"evalkit/pytest_plugin/shown_text.py"}
