"""Twelve Subjects out of four recorded models: each by itself, and rules over two or three of them.

LLMDrift recorded GPT-4 and GPT-3.5 of two dates on 1,000 questions about primes. A rule asks several of them
at once: it costs what they cost together and takes as long as the slowest. ``both-A-B`` says yes where both
do, ``vote-without-A`` what two of the other three say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from tests.data.judged import Rows

_SHORT = {
    "gpt-4-0314": "4-mar", "gpt-4-0613": "4-jun", "gpt-3.5-turbo-0301": "35-mar",
    "gpt-3.5-turbo-0613": "35-jun",
}  # fmt: skip
_WORD = re.compile(r"\b(yes|no)\b", re.IGNORECASE)


def twelve(data: Path) -> tuple[Rows, Rows]:
    """The questions of LLMDrift's primes, what each of the twelve says."""
    from tests.data.recorded import primes

    samples, outputs = primes(data)
    by_name = {_SHORT[model]: {row["sample_id"]: row for row in rows} for model, rows in outputs.items()}
    teams: dict[str, Sequence[str]] = {name: (name,) for name in by_name}
    teams |= {f"both-{a}-{b}": (a, b) for a, b in product(("4-mar", "4-jun"), ("35-mar", "35-jun"))}
    teams |= {f"vote-without-{name}": [each for each in by_name if each != name] for name in by_name}
    ids = [row["id"] for row in samples["primes"]]
    return {"twelve": samples["primes"]}, {
        name: [_answer([by_name[each][i] for each in team], name) for i in ids]
        for name, team in teams.items()
    }


def _answer(rows: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """A lone model's own answer, of several their rule's in one word."""
    said = [(_WORD.findall(row["output"]) or ["no"])[-1].lower() for row in rows]
    is_yes = said.count("yes") * 2 > len(said)
    return {
        "sample_id": rows[0]["sample_id"],
        "output": rows[0]["output"] if len(rows) == 1 else "Yes" if is_yes else "No",
        "model": name,
        "latency_s": max(row["latency_s"] for row in rows),
        "completion_tokens": sum(row["completion_tokens"] for row in rows),
        "cost_usd": sum(row["cost_usd"] for row in rows),
    }
