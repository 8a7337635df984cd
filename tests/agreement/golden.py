"""Golden files of lm-evaluation-harness: texts as hashes, so that no benchmark's data is kept here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.models.continuation import split_pair


def text_hash(text: str) -> str:
    """16 hex digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def seamed(context: str, continuations: Sequence[str]) -> tuple[str, list[str]]:
    """White space at the end of the context at the front of each continuation: what either side tokenizes."""
    if not continuations:
        return context, []
    pairs = [split_pair(context, continuation) for continuation in continuations]
    return pairs[0][0], [continuation for _, continuation in pairs]


def hashed(sample_id: str, line: dict[str, Any]) -> dict[str, Any]:
    """One document as it is kept; log-likelihoods to 6 digits."""
    context, continuations = seamed(line["context"], line["continuations"])
    kept: dict[str, Any] = {
        "id": sample_id,
        "context": text_hash(context),
        "continuations": [text_hash(text) for text in continuations],
    }
    if "logprobs" in line:
        kept |= {"logprobs": [round(value, 6) for value in line["logprobs"]], "results": line["results"]}
    return kept


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a golden file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").strip().split("\n")]
