"""Links to samples of a page: to one of them, or to all that a filter keeps.

A link is a fragment of the page's own address (``#samples?kind=loss&where=slice.language:is:de``), so that it
works from disk, survives a reload and can be sent with the file. The page writes the same form
(``templates/address.js``) when a reader filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import quote

from evalkit.core.frozen import frozen

#: What a chip of the page keeps: how a row changed, or how it did by itself.
Kind = Literal["loss", "win", "tie", "new", "fail", "partial", "pass", "error"]

#: How a field meets a value: ``has`` finds a text within, ``over`` and ``below`` leave the value out.
Operator = Literal["is", "not", "has", "over", "below"]


@frozen(slots=True)
class Where:
    """One condition on a row.

    Attributes:
        field: ``slice.FIELD`` of the dataset's row, ``tag``, ``error_kind``, ``turn.SCORER`` (``worse``,
            ``better`` or ``same``), ``score.SCORER``, or a field of a Response (``latency_s``,
            ``finish_reason`` ...); ``base.`` before either of the last two is the baseline's.
        value: a number for ``over`` and ``below``.
    """

    field: str
    value: str | float
    operator: Operator = "is"


def samples_link(
    *,
    task: str = "",
    subject: str = "",
    sample: str = "",
    repeat: int = 0,
    kinds: Iterable[Kind] = (),
    query: str = "",
    is_pattern: bool = False,
    slices: Mapping[str, str] | None = None,
    tag: str = "",
    where: Iterable[Where] = (),
    sort: str = "",
    is_descending: bool = False,
) -> str:
    """The ``href`` of a link to samples of the same page; without arguments to all of them.

    Args:
        task, subject: keep the rows of one evaluation (``EvaluationData.task`` and ``.label``).
        sample: id of the sample that is opened, of ``task`` and ``subject``; what else is given filters the
            rows around it.
        repeat: which of its answers.
        kinds: keep rows of any of these.
        query: a text that is looked for in inputs, outputs, targets, errors and explanations; with
            ``is_pattern`` a regular expression of JavaScript.
        slices: field of the dataset's row -> its value.
        sort: name of the column or field to sort by; without, what went wrong stands first.
    """
    pairs = []
    if sample:
        place = [task, subject, sample, *([str(repeat)] if repeat else [])]
        pairs.append(("sample", "/".join(map(_quoted, place))))
    else:
        pairs += [(name, _quoted(value)) for name, value in (("task", task), ("subject", subject)) if value]
    pairs += [("kind", kind) for kind in kinds]
    if query:
        pairs.append(("re" if is_pattern else "q", _quoted(query)))
    conditions = [Where(f"slice.{field}", value) for field, value in (slices or {}).items()]
    conditions += [Where("tag", tag)] if tag else []
    for each in (*conditions, *where):
        parts = (each.field, each.operator, str(each.value))
        pairs.append(("where", ":".join(map(_quoted, parts))))
    if sort:
        pairs.append(("sort", ("-" if is_descending else "") + _quoted(sort)))
    told = "&".join(f"{name}={value}" for name, value in pairs)
    return f"#samples?{told}" if told else "#samples"


def _quoted(text: str) -> str:
    """For a fragment; lone surrogates replaced, as in the rows of the page."""
    return quote(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), safe="")
