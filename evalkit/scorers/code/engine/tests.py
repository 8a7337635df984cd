"""From the fields of a sample to the check of its program."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.core.sample import Sample
from evalkit.errors import ScorerError
from evalkit.scorers.code.engine.syntax import parse

_BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True)
class CodeTests:
    """What decides about the program of one sample.

    Attributes:
        prompt: what the model continues, ``""`` where it writes a whole program.
        entry_point: the function under test.
        check: what runs in the checker: a text that defines ``check(candidate)``, or statements.
    """

    prompt: str
    entry_point: str
    check: str


def tests_of(sample: Sample, *, prompt: str, tests: str, setup: Sequence[str], entry_point: str) -> CodeTests:
    """Read the fields that the arguments name; ``""`` stands for a field that the benchmark does not have.

    Raises ScorerError when a field is not there or holds no text or list of texts, and where the tests do
    not say which function they test.
    """
    check = "\n".join(filter(str.strip, (_field(sample, name) for name in (*setup, tests))))
    if not check.strip():
        raise ScorerError(f"sample {sample.id!r} has no tests in the field {tests!r}")
    name = _field(sample, entry_point) if entry_point else _tested(check, sample)
    return CodeTests(_field(sample, prompt) if prompt else "", name, check)


def _field(sample: Sample, name: str) -> str:
    value = sample.row.get(name)
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return "\n".join(value).replace("\r\n", "\n")
    fields = ", ".join(map(str, sample.row)) or "none"
    what = f"sample {sample.id!r} has no text in the field {name!r}"
    raise ScorerError(
        what, hint=f"tell the scorer 'code' which fields hold prompt and tests; fields: {fields}"
    )


def _tested(check: str, sample: Sample) -> str:
    """The function that the tests call: the first that the reference solution defines (it may be called like
    a builtin), else the first that neither Python nor the tests define."""
    try:
        tree = parse(check)
    except SyntaxError as error:
        raise ScorerError(f"the tests of sample {sample.id!r} are not valid Python: {error}") from None
    called = list(_called(tree))
    solution = _functions(sample.target) if isinstance(sample.target, str) else set()
    for name in (*(each for each in called if each in solution), *called):
        if name in solution or name not in _BUILTINS | _bound(tree):
            return name
    what = f"the tests of sample {sample.id!r} call no function of the program"
    raise ScorerError(what, hint="name the field that holds the function's name: 'entry_point: FIELD'")


def _called(tree: ast.AST) -> Iterator[str]:
    """Names of functions that are called, in the order of the text."""
    calls = [
        each for each in ast.walk(tree) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
    ]
    for call in sorted(calls, key=lambda each: (each.lineno, each.col_offset)):
        if isinstance(call.func, ast.Name):
            yield call.func.id


def _functions(source: str) -> set[str]:
    try:
        tree = parse(source.replace("\r\n", "\n"))
    except SyntaxError:
        return set()
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def _bound(tree: ast.AST) -> set[str]:
    names = set()
    for each in ast.walk(tree):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            names.add(each.id)
        elif isinstance(each, ast.FunctionDef | ast.ClassDef):
            names.add(each.name)
        elif isinstance(each, ast.alias):
            names.add((each.asname or each.name).partition(".")[0])
    return names
