"""What a server's headers say of its limits.

Read are the fields of OpenAI and those who follow it (``x-ratelimit-limit-requests``), of Anthropic
(``anthropic-ratelimit-requests-limit``), the three fields that gateways and older drafts of the IETF have
(``ratelimit-limit``, with and without ``x-``), and the two of draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Literal

from evalkit.models.pacing.rate_limits import MINUTE_S

Unit = Literal["requests", "tokens", "input_tokens", "output_tokens"]

_UNITS: Sequence[tuple[str, Unit]] = (
    ("requests", "requests"),
    ("tokens", "tokens"),
    ("input-tokens", "input_tokens"),
    ("output-tokens", "output_tokens"),
)
#: Above this a number of seconds is a time of day: seconds, or milliseconds, since the epoch.
_EPOCH_S = 1e9
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit as a server told it with an answer.

    Attributes:
        limit: units in a window, > 0.
        remaining: what is left of them now, None where it is not told.
        reset_s: seconds until the limit is whole again: a bucket full, a window over. None where not told.
        window_s: length of the window, None where not told.
        is_bucket: it is known to refill all the time, as a bucket does, and not at the end of a window.
    """

    unit: Unit
    limit: float
    remaining: float | None = None
    reset_s: float | None = None
    window_s: float | None = None
    is_bucket: bool = False


def quotas(headers: Mapping[str, str]) -> list[Quota]:
    """All limits that the headers tell (names in any case, where the mapping takes them so)."""
    return [*_vendors(headers), *_draft(headers), *_gateway(headers)]


def _vendors(headers: Mapping[str, str]) -> Iterator[Quota]:
    """Limits by the minute. OpenAI and Anthropic document theirs as buckets; others that send the same
    fields need not have one."""
    for word, unit in _UNITS:
        name = f"anthropic-ratelimit-{word}-"
        told = _quota(headers, unit, f"{name}limit", f"{name}remaining", f"{name}reset", is_bucket=True)
        if told is not None:
            yield told
        name = "x-ratelimit-{}-" + word
        told = _quota(headers, unit, *(name.format(part) for part in ("limit", "remaining", "reset")))
        if told is not None:
            yield told


def _quota(
    headers: Mapping[str, str], unit: Unit, limit: str, remaining: str, reset: str, *, is_bucket: bool = False
) -> Quota | None:
    number = _number(headers.get(limit))
    if not number:
        return None
    left, reset_s = _number(headers.get(remaining)), seconds(headers.get(reset))
    return Quota(unit, number, left, reset_s, MINUTE_S, is_bucket)


def _draft(headers: Mapping[str, str]) -> Iterator[Quota]:
    """``RateLimit-Policy: "burst";q=10;w=1, "all";q=100;w=60`` with ``RateLimit: "burst";r=9;t=1``."""
    if not (policies := headers.get("ratelimit-policy")) or ";" not in policies:
        return
    states = dict(map(_item, (headers.get("ratelimit") or "").split(",")))
    for name, values in map(_item, policies.split(",")):
        quota = _number(values.get("q"))
        if quota and values.get("qu", "requests").strip('"') == "requests":
            state = states.get(name, {})
            window_s, left, reset_s = (
                _number(values.get("w")),
                _number(state.get("r")),
                seconds(state.get("t")),
            )
            yield Quota("requests", quota, left, reset_s, window_s)


def _gateway(headers: Mapping[str, str]) -> Iterator[Quota]:
    """Three fields, each of which may hold a list where there are several windows: the first counts."""
    for prefix in ("ratelimit-", "x-ratelimit-"):
        if not (limits := headers.get(f"{prefix}limit")):
            continue
        policies = headers.get(f"{prefix}policy") or headers.get("ratelimit-policy") or ""
        items = [_item(text) for text in f"{limits},{policies}".split(",")]
        if not (limit := _number(items[0][0])):
            continue
        # Where several windows are named, it is that of the same limit.
        items.sort(key=lambda item: _number(item[0]) != limit)
        windows = [_number(values.get("w")) for _, values in items]
        left = _number(_first(headers.get(f"{prefix}remaining")))
        reset_s = seconds(_first(headers.get(f"{prefix}reset")))
        yield Quota("requests", limit, left, reset_s, next(filter(None, windows), None))
        return


def _first(text: str | None) -> str | None:
    return None if text is None else text.partition(",")[0].strip()


def _item(text: str) -> tuple[str, dict[str, str]]:
    """``"name";q=10;w=1`` as its name and its parameters."""
    name, *parameters = text.split(";")
    pairs = (each.partition("=") for each in parameters)
    return name.strip().strip('"'), {key.strip(): value.strip() for key, _, value in pairs}


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value < inf else None


def seconds(text: str | None) -> float | None:
    """Seconds from now: a number of them, ``6m0s``, ``12ms``, a time of day (RFC 3339) or since the epoch;
    None where it is none of these."""
    if not text:
        return None
    text = text.strip()
    number = _number(text)
    if number is not None:
        if number < _EPOCH_S:
            return number
        return max(0.0, (number if number < _EPOCH_S * 100 else number / 1000) - time.time())
    parts = _DURATION.findall(text)
    if parts and "".join(f"{value}{unit}" for value, unit in parts) == text:
        return sum(float(value) * _SECONDS[unit] for value, unit in parts)
    try:
        return max(0.0, datetime.fromisoformat(text).timestamp() - time.time())
    except ValueError:
        return None
