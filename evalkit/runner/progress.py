"""Counts of a running session, for people."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from evalkit.core.text import plural


@dataclass
class Progress:
    """What is done so far. Written by the runner's loop, read by the terminal.

    Attributes:
        n_total: responses to get. n_done: those that came, failed ones included. n_errors: failed ones.
        n_cached: those that came from the cache. n_retries: calls that were repeated.
        cost_usd: known cost of the calls that were really made; unknown costs are not in it.
    """

    n_total: int = 0
    n_done: int = 0
    n_errors: int = 0
    n_cached: int = 0
    n_retries: int = 0
    cost_usd: float = 0.0
    started_at: float = field(default_factory=time.monotonic)

    @property
    def rate(self) -> float:
        """Responses a second since the start."""
        return self.n_done / max(time.monotonic() - self.started_at, 1e-9)

    @property
    def left_s(self) -> float | None:
        """Seconds left at the rate so far, or None before the first response."""
        return (self.n_total - self.n_done) / self.rate if self.n_done else None

    def text(self) -> str:
        """``123/872 responses  45.2/s  0 errors  $0.0012  16 s left``."""
        parts = [f"{self.n_done:,}/{self.n_total:,} responses", f"{self.rate:.1f}/s"]
        parts.append(plural(self.n_errors, "error"))
        if self.n_cached:
            parts.append(f"{self.n_cached:,} cached")
        if self.n_retries:
            parts.append(f"{self.n_retries:,} repeated")
        if self.cost_usd:
            parts.append(f"${self.cost_usd:.4f}")
        left_s = self.left_s
        if left_s is not None and self.n_done < self.n_total:
            parts.append(f"{left_s:.0f} s left" if left_s < 120 else f"{left_s / 60:.0f} min left")
        return "  ".join(parts)
