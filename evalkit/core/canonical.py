"""JSON of equal values that is equal to the byte, in every process: what identities are hashed over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def canonical_json(value: Any) -> bytes:
    """Keys sorted, sets in the order of their texts, dataclasses by their fields, the rest by its text."""
    try:
        return orjson.dumps(value, default=_plain, option=_OPTIONS)
    except TypeError:  # lone surrogates, integers beyond 64 bits
        return json.dumps(value, default=_plain, sort_keys=True).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):  # their own order changes from process to process
        return sorted(value, key=str)
    return asdict(value) if hasattr(value, "__dataclass_fields__") else str(value)
