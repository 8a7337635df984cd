"""A field of the row, or a template over it, as a task names what a judge is to compare with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from evalkit.core.sample import Sample
from evalkit.core.text import text_of
from evalkit.errors import ScorerError, TaskError, TemplateError, did_you_mean
from evalkit.prompts.names import names_in
from evalkit.prompts.template import compile_text

#: What a template may name beside the fields of the row.
_OF_SAMPLE = frozenset({"input", "target", "row"})


class RowText:
    """Reads one text of a sample.

    Args:
        source: a field's name, or a template where it holds ``{{`` or ``{%``.
        where: names the parameter in errors.

    Attributes:
        columns: the fields that it reads; None for the whole row.
    """

    def __init__(self, source: str, where: str) -> None:
        self._source = source
        self._where = where
        self._template: Callable[[Mapping[str, Any]], str] | None = None
        self.columns: frozenset[str] | None = frozenset({source})
        if is_template(source):
            self._template = compiled(source, where)
            self.columns = columns_of(source)

    def of(self, sample: Sample) -> str:
        """The text. Raises ScorerError where the row has no such field, or nothing in it."""
        text = self._filled(sample) if self._template is not None else self._field(sample)
        if not text.strip():
            raise ScorerError(f"{self._where}: {self._source!r} is empty in sample {sample.id!r}")
        return text

    def _filled(self, sample: Sample) -> str:
        assert self._template is not None
        return filled(self._template, sample)

    def _field(self, sample: Sample) -> str:
        value = sample.row.get(self._source)
        if value is None:
            what = f"{self._where}: the row of sample {sample.id!r} has no field {self._source!r}"
            raise ScorerError(what, hint=did_you_mean(self._source, map(str, sample.row)))
        return text_of(value)


def columns_of(template: str) -> frozenset[str] | None:
    """The fields of the row that a template reads; None for the whole row."""
    names = names_in(template)
    return None if "row" in names else names - _OF_SAMPLE


def is_template(source: str) -> bool:
    """Whether a text fills something in."""
    return "{{" in source or "{%" in source


@lru_cache(maxsize=256)
def compiled(source: str, where: str) -> Callable[[Mapping[str, Any]], str]:
    """A template that is read. Raises TaskError."""
    try:
        return compile_text(source, where)
    except TemplateError as error:
        raise TaskError(f"{error.where}: {error.what}", hint=error.hint) from None


def filled(template: Callable[[Mapping[str, Any]], str], sample: Sample) -> str:
    """A template over the row, the sample's input and target. Raises ScorerError."""
    context = {"row": sample.row, "input": sample.input, "target": sample.target, **sample.row}
    try:
        return template(context)
    except TemplateError as error:
        raise ScorerError(error.what, where=error.where, hint=error.hint) from None
