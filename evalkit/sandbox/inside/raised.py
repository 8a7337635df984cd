"""Exceptions of the program on their way through the check, where nothing but the check itself may stop them.

Python ends a loop at StopIteration and an old sequence at IndexError: raised by the program under ``zip`` or
``all(map(candidate, …))``, such an exception would end the check's loop instead of the check. So it crosses
as a ``RaisedError``, which no protocol knows, and becomes the exception itself where the check has written
``try`` or ``with``; what these let through is a ``RaisedError`` again.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

_Node = TypeVar("_Node", bound=ast.AST)
_MARK = "<raised>"
_ANY, _RAISED, _AGAIN, _DIRECT, _CLOSED = "<any>", "<RaisedError>", "<again>", "<direct>", "<closed>"
#: Statements that can stop an exception begin their line; these methods take what they call, at that place.
_STATEMENTS = ("try", "with", "async")
_CALLERS = {"assertRaises": 1, "raises": 1, "assertRaisesRegex": 2}


class RaisedError(BaseException):
    """The program raised ``error``."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        error.__dict__[_MARK] = self


def is_of_program(error: BaseException) -> bool:
    """Whether the program raised it."""
    return _MARK in error.__dict__


def compiled(source: str, file: str) -> Any:
    """The code of a check, for a namespace that has ``NAMES``; errors are those of ``compile``."""
    if not _may_stop(source):
        return compile(source, file, "exec", dont_inherit=True)
    tree = ast.fix_missing_locations(_Borders().visit(ast.parse(source, file)))
    return compile(tree, file, "exec", dont_inherit=True)


def _may_stop(source: str) -> bool:
    has_statements = any(line.lstrip().startswith(_STATEMENTS) for line in source.splitlines())
    return has_statements or any(name in source for name in _CALLERS)


def _again(error: BaseException) -> None:
    raised = error.__dict__.get(_MARK)
    if raised is not None:
        raise raised from None


def _direct(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        except RaisedError as raised:
            raise raised.error from None

    return called


def _closed(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        except BaseException as error:
            _again(error)
            raise

    return called


#: What the rewritten check uses; no check can have such names of its own.
NAMES: dict[str, Any] = {
    _RAISED: RaisedError,
    _AGAIN: _again,
    _DIRECT: _direct,
    _CLOSED: _closed,
    _ANY: BaseException,
    _MARK: None,
}


class _Borders(ast.NodeTransformer):
    """Turns exceptions of the program into themselves within ``try`` and ``with``, and back around these."""

    def visit_Try(self, node: ast.Try) -> ast.stmt:
        return self._bordered(node) if node.handlers else self.generic_visit(node)  # type: ignore[return-value]

    def visit_TryStar(self, node: ast.TryStar) -> ast.stmt:
        return self._bordered(node)

    def visit_With(self, node: ast.With) -> ast.stmt:
        return self._bordered(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.stmt:
        return self._bordered(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        at = _CALLERS.get(name, len(node.args))
        if at < len(node.args):
            node.args[at] = ast.Call(_name(_DIRECT), [node.args[at]], [])
            node.func = ast.Call(_name(_CLOSED), [node.func], [])
        return node

    def _bordered(self, node: ast.Try | ast.TryStar | ast.With | ast.AsyncWith) -> ast.stmt:
        self.generic_visit(node)
        itself = ast.Raise(ast.Attribute(_name(_MARK), "error", ast.Load()), ast.Constant(None))
        node.body = [_at(node, _try(node.body, _RAISED, [itself]))]
        again = ast.Expr(ast.Call(_name(_AGAIN), [_name(_MARK)], []))
        return _at(node, _try([node], _ANY, [again, ast.Raise()]))


def _try(body: list[ast.stmt], kind: str, then: list[ast.stmt]) -> ast.Try:
    return ast.Try(body, [ast.ExceptHandler(_name(kind), _MARK, then)], [], [])


def _name(text: str) -> ast.Name:
    return ast.Name(text, ast.Load())


def _at(old: ast.AST, new: _Node) -> _Node:
    return ast.copy_location(new, old)
