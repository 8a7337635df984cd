"""Which Scores a metric can read: by what a scorer says of its own values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from evalkit.core.columns import Columns, column_of
from evalkit.core.observations import Observations
from evalkit.core.score import Score, ScoreValue
from evalkit.metrics.metric import Metric, Reads
from evalkit.registry import SCORERS, is_sample_metric


def can_read(reads: Reads, scorer: str) -> bool:
    """Whether a scorer of this registry name gives what ``reads`` asks for.

    A scorer that does not say (``kind``, ``gives_answer``) may give it: values are checked when they come.
    """
    if scorer not in SCORERS:
        return reads == "number" or not is_sample_metric(scorer)
    cls = _loaded(scorer)
    if reads == "answer":
        return cls is None or cls.gives_answer is not False
    return reads == "number" or _kind(cls) != "graded"


def base_name(name: str, signatures: Mapping[str, str]) -> str:
    """The registry name of a scorer whose scores a task may have called otherwise."""
    return signatures.get(name, name).partition("(")[0]


def parted(source: str, scorers: Mapping[str, str]) -> tuple[str, str | None]:
    """``("ifeval", "loose")`` for ``ifeval.loose``: which scorer's scores, and which value of them; None for
    the main one.

    Args:
        scorers: what scores are called -> registry name of their scorer. A name that holds a dot is itself.
    """
    name, dot, value = source.rpartition(".")
    if source in scorers or not dot or declared_value(scorers.get(name, name), value) is None:
        return source, None
    return name, value


def declared_value(scorer: str, value: str) -> ScoreValue | None:
    """What a scorer of this registry name says of one of its values; None where it has none of that name."""
    if scorer not in SCORERS:
        return None
    cls = _loaded(scorer)
    values: Mapping[str, ScoreValue] = {} if cls is None else cls.values
    return values.get(value)


def scores_of(observations: Observations, source: str) -> Sequence[Score]:
    """The scores that ``source`` names, those of ``ifeval.loose`` with that value as their own."""
    name, value = parted(source, base_names(observations))
    scores = observations.scores[name]
    if value is None:
        return scores
    if not isinstance(scores, Columns):
        return [replace(each, value=_at(each.values, value)) for each in scores]
    columns = {field: column_of(scores, field) for field in Score.__dataclass_fields__}
    return Columns(Score, {**columns, "value": [_at(values, value) for values in columns["values"]]})


def source_of(metric: Metric, observations: Observations) -> tuple[str, str | None] | None:
    """Which scorer's scores a metric reads, and which value of them (None for the main one); None where it
    reads Responses alone."""
    bases = base_names(observations)
    readable = metric.readable(bases)
    return parted(readable[0], bases) if readable else None


def signature_of(observations: Observations, source: str) -> str:
    """How the scores that ``source`` names were scored."""
    name, value = parted(source, base_names(observations))
    signature = observations.scorer_signatures.get(name, name)
    return signature if value is None else f"{signature}.{value}"


def is_thinking_kept(observations: Observations) -> bool:
    """Whether thinking stands in outputs, and was scored with them, as evalkit up to 0.1 left it there: such
    numbers are not those of answers whose thinking was taken out."""
    known = observations.statistics.get("thinking")
    if known is None:
        outputs = column_of(observations.responses, "output")
        known = any(text is not None and text.startswith("<think>") for text in outputs)
        observations.statistics["thinking"] = known
    return bool(known)


def base_names(observations: Observations) -> dict[str, str]:
    """What scores are called -> registry name of their scorer."""
    return {name: base_name(name, observations.scorer_signatures) for name in observations.scores}


def _at(values: Mapping[str, float] | None, name: str) -> float | None:
    return None if values is None else values.get(name)


def _kind(cls: Any) -> str | None:
    if cls is None:
        return None
    kind: str | None = cls.kind
    low, high = cls.bounds
    is_beyond = isfinite(low) and isfinite(high) and (low, high) != (0.0, 1.0)
    return "graded" if kind is None and is_beyond else kind


def _loaded(scorer: str) -> Any:
    try:
        return SCORERS.get(scorer)
    except Exception:  # another package's, and broken: whoever opens it says so
        return None
