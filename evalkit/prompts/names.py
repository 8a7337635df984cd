"""Which fields a template names."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import TemplateSyntaxError, meta

from evalkit.prompts.template import environment


@lru_cache(maxsize=1024)
def names_in(source: str) -> frozenset[str]:
    """Names that a template expects of its context, Jinja's own left out; none where it cannot be read, which
    whoever compiles it says."""
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError:
        return frozenset()
    return frozenset(meta.find_undeclared_variables(tree)) - frozenset(environment().globals)
