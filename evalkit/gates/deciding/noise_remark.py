"""What a verdict says of the noise within samples."""

from __future__ import annotations

from dataclasses import replace

from evalkit.core.estimate import WithinSampleNoise
from evalkit.core.verdict import Verdict
from evalkit.gates.deciding import sentences


def explained(verdict: Verdict, noise: WithinSampleNoise | None) -> Verdict:
    """The same verdict with the noise in its comparison, and a sentence where it did not pass."""
    if noise is None or verdict.comparison is None:
        return verdict
    shown = replace(verdict.comparison, within_sample_noise=noise)
    detail = verdict.detail
    if verdict.verdict in ("fail", "undecided"):
        detail = f"{detail} {sentences.within_sample_noise(noise, shown)}"
    return replace(verdict, comparison=shown, detail=detail)
