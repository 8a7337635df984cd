"""What may be kept of the origin's own words: settings by name, messages without secrets, names, times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evalkit.core.text import shown, visible
from evalkit.errors import UsageError
from evalkit.redaction.redact import redact as redact

#: Settings that change answers. All else (paths, environment, headers, keys) is not kept at all.
_SETTINGS = frozenset({
    "add_bos_token", "best_of", "chat_template", "do_sample", "dtype", "frequency_penalty", "load_in_4bit",
    "load_in_8bit", "logit_bias", "max_gen_toks", "max_length", "max_new_tokens", "max_tokens",
    "max_completion_tokens", "maximum_tokens", "min_p", "n", "num_beams", "num_choices", "num_completions",
    "num_fewshot", "precision", "presence_penalty", "quantization", "random_seed", "reasoning_effort",
    "reasoning_tokens", "repetition_penalty", "seed", "stop", "stop_seqs", "stop_sequences",
    "system_message", "system_instruction", "temperature", "top_k", "top_p", "until",
})  # fmt: skip

#: The start of an object in a message: tools put their whole configuration there, environment included.
_OBJECT = re.compile(r"""\s*[{\[]\s*["'{\[]""")
_TIME_IN_NAME = (
    (re.compile(r"(\d{4})-?(\d\d)-?(\d\d)[T_-](\d\d)-?:?(\d\d)-?:?(\d\d)"), (0, 1, 2, 3, 4, 5)),
    (re.compile(r"(\d\d)-(\d\d)-(\d{4})-(\d\d)-(\d\d)-(\d\d)"), (2, 0, 1, 3, 4, 5)),
)


def settings(*sources: Any) -> dict[str, Any]:
    """Of several mappings the settings that change answers and are set; a later mapping wins."""
    found: dict[str, Any] = {}
    for source in sources:
        if isinstance(source, Mapping):
            kept = {k: v for k, v in source.items() if k in _SETTINGS and v not in (None, "", [], {})}
            found.update({k: redact(v) if isinstance(v, str) else v for k, v in sorted(kept.items())})
    return found


def message(text: Any, limit: int = 300) -> str:
    """The first line of an error or reason, up to where it shows an object, without secrets, never empty."""
    lines = [" ".join(line.split()) for line in str(text).splitlines() if line.strip()]
    # Cut only after the secrets are out: the start of one is not seen as one.
    line = visible(redact(_OBJECT.split(lines[0])[0])) if lines else ""
    line = line or "failed"
    return line if len(line) <= limit else f"{line[:limit]}…"


def word(text: Any) -> str:
    """A name that a gate can hold: ``exact_match/strict``, ``Answer_Relevancy``."""
    return re.sub(r"[^\w./-]+", "_", str(text)).strip("_") or "score"


def moment(value: Any) -> float | None:
    """Seconds since the epoch of a number, or of an ISO 8601 text (UTC where it names no zone); None where
    nothing stands. Raises UsageError, without a place, for a number that is not a time."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 <= value < 1e11:
            raise UsageError(f"{shown(value, 60)} is not a time in seconds since 1970")
        return float(value) or None
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def file_moment(path: Path) -> float:
    """The time in the file's name (taken as UTC), else when the file was last changed."""
    for pattern, order in _TIME_IN_NAME:
        if match := pattern.search(path.name):
            parts = [int(match.groups()[i]) for i in order]
            try:
                return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]
            except ValueError:
                continue
    return path.stat().st_mtime


def chat_text(value: Any) -> str:
    """A prompt as one text: a text as it stands, a list of messages as ``role: content`` lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return chat_text(value.get("content", value.get("text", "")))
    if isinstance(value, list):
        if len(value) == 1:
            return chat_text(value[0])
        return "\n".join(_turn(each) for each in value)
    return "" if value is None else str(value)


def _turn(message_: Any) -> str:
    role = message_.get("role") if isinstance(message_, Mapping) else None
    text = chat_text(message_)
    return f"{role}: {text}" if role else text
