"""Asserted Samples that may fail until a date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from evalkit.core.frozen import frozen
from evalkit.core.text import seen, text_of
from evalkit.errors import TaskError, did_you_mean

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MEND = "write 'until: 2026-12-31', the last day that the sample may fail"


@frozen(slots=True)
class Quarantine:
    """Until when a failing Sample is reported as an expected failure.

    Attributes:
        until: the last day that it holds, in UTC.
        reason: why, for those who read the report.
    """

    until: date
    reason: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether a failure on ``day`` (UTC) is an expected one."""
        return day <= self.until

    @property
    def text(self) -> str:
        """``2026-12-31 (waits for the new index)``."""
        return f"{self.until}" + (f" ({self.reason})" if self.reason else "")


@frozen(slots=True)
class QuarantinedSample:
    """An entry of a task's ``quarantine:`` list."""

    sample: str
    quarantine: Quarantine


_UNTIL = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}$",
    "format": "date",
    "description": "The last day that the sample may fail, in UTC.",
}
_REASON = {"type": ["string", "null"], "description": "Why, for those who read the report."}
#: ``quarantine:`` of a row, and an entry of a task's list, in JSON Schema.
OF_ROW: Mapping[str, Any] = {
    "type": "object",
    "properties": {"until": _UNTIL, "reason": _REASON},
    "required": ["until"],
    "additionalProperties": False,
}
ENTRY: Mapping[str, Any] = {
    **OF_ROW,
    "properties": {
        "sample": {"not": {"type": "null"}, "description": "The id of the sample."},
        **OF_ROW["properties"],
    },
    "required": ["sample", "until"],
}


def utc_day(seconds: float) -> date:
    """Seconds since the epoch -> the day in UTC."""
    return datetime.fromtimestamp(seconds, UTC).date()


def parse_quarantine(value: Any, key: str) -> Quarantine:
    """``{"until": "2026-12-31", "reason": …}`` -> Quarantine. Raises TaskError, at ``key`` or below it."""
    if not isinstance(value, Mapping):
        raise TaskError(f"quarantine {seen(value)} is not a mapping", key=key, hint=_MEND)
    _check_keys(value, OF_ROW["properties"], key)
    if value.get("until") is None:
        raise TaskError("the quarantine has no end", key=key, hint=_MEND)
    reason = value.get("reason")
    if not isinstance(reason, str | None):
        raise TaskError(f"the quarantine's reason {seen(reason)} is not a text", key=f"{key}.reason")
    return Quarantine(_date(value["until"], f"{key}.until"), " ".join((reason or "").split()))


def parse_quarantine_list(values: Sequence[Any], key: str = "quarantine") -> tuple[QuarantinedSample, ...]:
    """A task's ``[{"sample": ID, "until": …, "reason": …}]``. Raises TaskError with the key of the entry."""
    entries = [_entry(value, f"{key}.{index}") for index, value in enumerate(values)]
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        if entry.sample in seen:
            raise TaskError(f"sample {entry.sample!r} is quarantined twice", key=f"{key}.{index}")
        seen.add(entry.sample)
    return tuple(entries)


def _entry(value: Any, key: str) -> QuarantinedSample:
    if isinstance(value, QuarantinedSample):
        return value
    if not isinstance(value, Mapping) or value.get("sample") is None:
        raise TaskError(
            f"quarantine entry {seen(value)} names no sample",
            key=key,
            hint="write '- {sample: ID, until: 2026-12-31, reason: …}'",
        )
    _check_keys(value, ENTRY["properties"], key)
    rest = {name: each for name, each in value.items() if name != "sample"}
    return QuarantinedSample(text_of(value["sample"]), parse_quarantine(rest, key))


def _check_keys(value: Mapping[Any, Any], known: Iterable[str], key: str) -> None:
    for name in value:
        if name not in known:
            what = f"quarantine has unknown key {name!r}"
            raise TaskError(what, key=f"{key}.{name}", hint=did_you_mean(str(name), known))


def _date(value: Any, key: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:  # 2026-02-30
        pass
    raise TaskError(f"the quarantine ends on {seen(value)}, which is not a date", key=key, hint=_MEND)
