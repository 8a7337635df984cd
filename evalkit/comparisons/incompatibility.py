"""What keeps two evaluations apart, in words: the hashes say that they differ, this says in what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.observations import Observations
from evalkit.core.text import plural

#: Samples that are named of each kind.
_SHOWN = 3
_SIGNATURE_CHARS = 160


def samples_apart(baseline: Observations, candidate: Observations) -> str:
    """Samples that were added, are gone, or expect something else; empty where that cannot be told."""
    old, new = _targets(baseline), _targets(candidate)
    kinds = (
        ("added", [name for name in new if name not in old]),
        ("gone", [name for name in old if name not in new]),
        ("with another target", [name for name in new if name in old and old[name] != new[name]]),
    )
    said = [f"{plural(len(names), 'sample')} {kind} ({names_text(names)})" for kind, names in kinds if names]
    return ", ".join(said)


def scorers_apart(baseline: Observations, candidate: Observations) -> str:
    """Scorers that were added, are gone or score otherwise; empty where all are the same."""
    old, new = baseline.scorer_signatures, candidate.scorer_signatures
    said = [f"scorer {name} was {_cut(old[name])}, is {_cut(new[name])}" for name in _changed(old, new)]
    said += [f"scorer {name} added" for name in new if name not in old]
    said += [f"scorer {name} gone" for name in old if name not in new]
    return ", ".join(said)


def _targets(side: Observations) -> dict[str, Any]:
    return dict(zip(side.sample_ids, side.targets, strict=True))


def names_text(names: Sequence[str]) -> str:
    """The first of them, and that there are more."""
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [name for name in new if name in old and old[name] != new[name]]


def _cut(text: str) -> str:
    return text if len(text) <= _SIGNATURE_CHARS else text[: _SIGNATURE_CHARS - 1] + "…"
