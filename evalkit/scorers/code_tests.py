"""From the fields of a sample to the check of its program."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.core.sample import Sample
from evalkit.errors import ScorerError

_BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True)
class Tests:
    """What decides about the program of one sample.

    Attributes:
        prompt: what the model continues, ``""`` where it writes a whole program.
        entry_point: the function under test.
        check: what runs in the checker: a text that defines ``check(candidate)``, or statements.
        appendix: what is run after the program, in its own process (see ``with_own_objects``).
    """

    prompt: str
    entry_point: str
    check: str
    appendix: str = ""


def tests_of(sample: Sample, *, prompt: str, tests: str, setup: Sequence[str], entry_point: str) -> Tests:
    """Read the fields that the arguments name; ``""`` stands for a field that the benchmark does not have.

    Raises ScorerError when a field is not there or holds no text or list of texts, and where the tests do
    not say which function they test.
    """
    text = _field(sample, tests)
    if not text.strip():
        raise ScorerError(f"sample {sample.id!r} has no tests in {tests!r}")
    before = "\n".join(_field(sample, name) for name in setup)
    given = _field(sample, entry_point) if entry_point else ""
    asked = _field(sample, prompt) if prompt else ""
    try:
        name = given or _tested(before, text, sample)
        if given:
            return Tests(asked, name, f"{before}\n{text}" if before.strip() else text)
        return _with_own_objects(Tests(asked, name, text), before)
    except SyntaxError as error:
        raise ScorerError(f"the tests of sample {sample.id!r} are no Python: {error}") from None


def _field(sample: Sample, name: str) -> str:
    value = sample.row.get(name)
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return "\n".join(value).replace("\r\n", "\n")
    fields = ", ".join(map(str, sample.row)) or "none"
    what = f"sample {sample.id!r} has no text in the field {name!r}"
    raise ScorerError(what, mend=f"name the field of the tests in the scorer 'code'; fields: {fields}")


def _tested(before: str, tests: str, sample: Sample) -> str:
    """The function that the tests call: one that the reference solution defines, else one that nobody does."""
    calls = list(_called(ast.parse(tests)))
    own = _defined(sample.target) if isinstance(sample.target, str) else set()
    known = _BUILTINS | _bound(ast.parse(f"{before}\n{tests}"))
    for is_it in (own.__contains__, lambda name: name not in known):
        for name in calls:
            if is_it(name):
                return name
    what = f"the tests of sample {sample.id!r} call no function of the program"
    raise ScorerError(what, mend="name the field with the function's name: 'entry_point: FIELD'")


def _with_own_objects(tests: Tests, before: str) -> Tests:
    """Tests that hand objects of the program's own classes to it (``max_height(Node(1))``).

    Such an object cannot leave its process. So the set-up code and the calls move there as functions without
    arguments, and the checker sees what they return, and compares it, as always.
    """
    set_up, tree = ast.parse(before), ast.parse(tests.check)
    known = _BUILTINS | _imported(set_up) | {tests.entry_point}
    if not (_free(set_up) | _free(tree)) - known:
        return Tests(tests.prompt, tests.entry_point, f"{before}\n{tests.check}".lstrip("\n"))
    cases = _Cases(tests.entry_point)
    check = ast.unparse(ast.fix_missing_locations(cases.visit(tree)))
    appendix = "\n".join(["", before, *cases.functions])
    imports = [ast.unparse(each) for each in set_up.body if isinstance(each, ast.Import | ast.ImportFrom)]
    return Tests(tests.prompt, tests.entry_point, "\n".join([*imports, check]), appendix)


class _Cases(ast.NodeTransformer):
    """Replaces each outermost call of the entry point by a call of a function of its own."""

    def __init__(self, entry_point: str) -> None:
        self._entry_point = entry_point
        self.functions: list[str] = []

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802 (the name that ast asks for)
        if not (isinstance(node.func, ast.Name) and node.func.id == self._entry_point):
            return self.generic_visit(node)
        name = f"_evalkit_case_{len(self.functions)}"
        self.functions.append(f"def {name}():\n    return {ast.unparse(node)}")
        return ast.Call(ast.Name(name, ast.Load()), [], [])


def _called(tree: ast.AST) -> Iterator[str]:
    """Names of functions that are called, in the order of the text."""
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)]
    for call in sorted(calls, key=lambda each: (each.lineno, each.col_offset)):
        yield call.func.id  # type: ignore[attr-defined]


def _defined(source: str) -> set[str]:
    try:
        tree = ast.parse(source.replace("\r\n", "\n"))
    except SyntaxError:
        return set()
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def _imported(tree: ast.AST) -> set[str]:
    aliases = [
        alias for each in ast.walk(tree) if isinstance(each, ast.Import | ast.ImportFrom) for alias in each.names
    ]
    return {(alias.asname or alias.name).partition(".")[0] for alias in aliases}


def _bound(tree: ast.AST) -> set[str]:
    stored = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    return stored | _imported(tree)


def _free(tree: ast.AST) -> set[str]:
    """Names that are read and not bound by a comprehension, an import or an assignment of the same text."""
    read = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    return read - _bound(tree)


def fields_of(row: Mapping[str, Any]) -> str:
    """The fields of a row, for messages."""
    return ", ".join(map(str, row)) or "none"
