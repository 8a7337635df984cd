"""Reading the syntax of code that somebody else wrote, without its warnings: they are not the user's."""

from __future__ import annotations

import ast
import warnings


def parse(source: str) -> ast.Module:
    """The syntax tree. Raises SyntaxError, and what the parser gives up with on a text that is too deep."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, "<program>")


def is_python(text: str) -> bool:
    """Whether ``text`` can be compiled. What is too deep or too large for the parser is not Python either."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<program>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True
