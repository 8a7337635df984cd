"""What ranks choices inside this process: the request, and what an engine does with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from evalkit.errors import ModelError
from evalkit.models.embedded.gguf_file import Floats


@dataclass(frozen=True, slots=True)
class RankingRequest:
    """Tokens of a context and of what may follow it; none of them is empty."""

    context: list[int]
    continuations: list[list[int]]


class RankingEngine(Protocol):
    """Used by one thread. A value never depends on what else is asked, before or beside.

    Attributes:
        n_rows: tokens that are worth handing over at a time; 1 for one request at a time.
    """

    n_rows: int

    def n_shared(self, context: Sequence[int]) -> int:
        """How many leading tokens of ``context`` need not be read again."""
        ...

    def rank_all(self, requests: Sequence[RankingRequest]) -> list[list[float] | ModelError]:
        """Natural-log probability of each continuation, or what is wrong, for each request in order."""
        ...

    def close(self) -> None: ...


def too_long(request: RankingRequest, n_ctx: int) -> ModelError | None:
    """What is wrong with a request of which a choice does not fit into ``n_ctx`` tokens."""
    n_context, n_choice = len(request.context), max(map(len, request.continuations))
    if n_context + n_choice <= n_ctx:
        return None
    return ModelError(
        f"a prompt of {n_context} tokens with a choice of {n_choice} exceeds {n_ctx}",
        hint="shorten the prompt, or raise ?ctx=… up to the model's limit",
    )


def log_sum_exp(logits: Floats) -> float:
    """log(sum(exp(logits))), summed in double precision."""
    top = logits.max()
    return float(top) + float(np.log(np.exp(logits - top).sum(dtype=np.float64)))
