"""What is looked at between two steps of ``generate``: each row's own choice of a token, and its own end."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal

#: A stop text may begin in a token before its first character; so many more are decoded.
_SPARE_TOKENS = 8


@dataclass(slots=True)
class Row:
    """One answer that is written beside others.

    Attributes:
        tokens: of the prompt.
        max_tokens: bound on tokens that are written.
        seed: None draws one.
        is_wanted: false once nobody waits for the answer any more.
        written: tokens of the answer so far, a token that ended it among them.
        ended: why it ended.
        closest: how far the token that was taken was ahead of the next, at the closest step (in logits).
        first_s, ended_s: when its first and its last token came, as ``time.perf_counter`` has it.
    """

    tokens: list[int]
    max_tokens: int
    temperature: float = 0.0
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    is_wanted: Callable[[], bool] = lambda: True
    written: list[int] = field(default_factory=list)
    ended: Literal["stop", "length"] | None = None
    closest: float = inf
    first_s: float = 0.0
    ended_s: float = 0.0

    def begin(self) -> None:
        """Forget what was written."""
        self.written, self.ended, self.closest = [], None, inf


class TokenChoice:
    """A logits processor after which the highest value is each row's choice.

    A row with a temperature T takes the argmax of ``logits + T * g``, with g of the standard Gumbel
    distribution: a draw from ``softmax(logits / T)`` (Gumbel-max; Maddison, Tarlow, Minka, "A* Sampling",
    2014). So rows of any temperature stand in one batch, each with numbers of its own.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._generators = {place: _generator(row) for place, row in enumerate(rows) if row.temperature > 0}

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        for place, generator in self._generators.items():
            row = self._rows[place]
            scores[place] = _drawn(scores[place], row.temperature, row.top_p, generator)
        best = scores.topk(2, dim=-1).values
        for row, ahead in zip(self._rows, (best[:, 0] - best[:, 1]).tolist(), strict=True):
            if row.ended is None and ahead < row.closest:
                row.closest = ahead
        return scores


class RowEnds:
    """A stopping criterion for each row: its end tokens, stop texts and bound, or nobody who waits.

    Args:
        decode: tokens to text.
        is_closing: ends all of them.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        end_tokens: frozenset[int],
        decode: Callable[[list[int]], str],
        is_closing: Callable[[], bool],
    ) -> None:
        self._rows, self._end_tokens = rows, end_tokens
        self._decode, self._is_closing = decode, is_closing

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        now, is_closing = time.perf_counter(), self._is_closing()
        for row, token in zip(self._rows, input_ids[:, -1].tolist(), strict=True):
            if row.ended is None:
                self._take(row, token, now)
                if row.ended is None and (is_closing or not row.is_wanted()):
                    row.ended = "length"
        is_over = [row.ended is not None for row in self._rows]
        return torch.tensor(is_over, dtype=torch.bool, device=input_ids.device)

    def _take(self, row: Row, token: int, now: float) -> None:
        if not row.written:
            row.first_s = now
        row.written.append(token)
        row.ended_s = now
        if token in self._end_tokens or self._has_stopped(row):
            row.ended = "stop"
        elif len(row.written) >= row.max_tokens:
            row.ended = "length"

    def _has_stopped(self, row: Row) -> bool:
        if not row.stop:
            return False
        n_tail = max(map(len, row.stop)) + _SPARE_TOKENS
        tail = self._decode(row.written[-n_tail:])
        return any(stop in tail for stop in row.stop) and stop_place(self._decode(row.written), row.stop) >= 0


def stop_place(text: str, stops: Sequence[str]) -> int:
    """Where the first of the stop texts begins, or -1."""
    return min((place for stop in stops if (place := text.find(stop)) >= 0), default=-1)


def _generator(row: Row) -> Any:
    """Numbers that follow from the seed and the prompt: samples that share a seed share no luck."""
    import torch

    if row.seed is None:
        seed = os.urandom(8)
    else:
        seed = hashlib.sha256(f"{row.seed} {row.tokens}".encode()).digest()[:8]
    return torch.Generator("cpu").manual_seed(int.from_bytes(seed, "big") >> 1)


def _drawn(logits: Any, temperature: float, top_p: float | None, generator: Any) -> Any:
    """``logits`` with noise added to those that may be drawn."""
    import torch

    waits = torch.empty(logits.shape, dtype=torch.float32).exponential_(generator=generator)
    waits.clamp_min_(torch.finfo(torch.float32).tiny)
    if top_p is not None and top_p < 1:
        logits = _nucleus(logits, temperature, top_p)
    return logits - temperature * waits.log().to(logits.device)


def _nucleus(logits: Any, temperature: float, top_p: float) -> Any:
    """Without all but the fewest tokens whose probabilities reach ``top_p`` (Holtzman et al., 2020)."""
    import torch

    ordered, places = torch.sort(logits, descending=True)
    shares = torch.softmax(ordered / temperature, dim=-1)
    is_cut = shares.cumsum(dim=-1) - shares >= top_p
    return logits.masked_fill(is_cut.scatter(0, places, is_cut), -torch.inf)
