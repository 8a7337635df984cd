"""Which fields a prompt's templates read."""

from __future__ import annotations

from functools import cache

from jinja2 import TemplateSyntaxError, meta

from evalkit.core.prompt import Prompt
from evalkit.prompts.template import environment


@cache
def fields_read(prompt: Prompt, preamble: str | None = None) -> frozenset[str]:
    """Names that the texts of a prompt's turns and the preamble take from outside: of the row, or ``input``,
    ``choices``. Fields that name media are left out: their bytes count, not what the file is called. None of
    a template that cannot be read, which is refused elsewhere."""
    sources = [text for turn in prompt.turns for text in turn.texts] + ([preamble] if preamble else [])
    return frozenset().union(*map(_names, sources))


def _names(source: str) -> set[str]:
    try:
        return meta.find_undeclared_variables(environment().parse(source))
    except (TemplateSyntaxError, RecursionError):
        return set()
