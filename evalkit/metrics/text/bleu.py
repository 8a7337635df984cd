"""``bleu``: sacreBLEU's corpus BLEU."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np

from evalkit.core.text import shown
from evalkit.errors import TaskError
from evalkit.metrics.metric import Floats
from evalkit.metrics.text.engine.sacrebleu import MOST_ORDER, SacrebleuMetric, _class

#: sacreBLEU's value of ``smooth_value`` where none is given.
_SMOOTHING = {"floor": 0.1, "add-k": 1.0, "exp": 0.0, "none": 0.0}
#: The order that goes without saying.
_USUAL_ORDER = 4


@dataclass(frozen=True)
class Bleu(SacrebleuMetric):
    """Corpus BLEU in 0..100, sacreBLEU's scale; larger is better. NaN where nothing was scored.

    Several references count together. One sample alone (``scorers: [bleu]``) is sacreBLEU's sentence BLEU,
    which has ``effective_order``. An empty output and an empty reference count as they do there.

    Source: Post 2018, ``sacrebleu.metrics.BLEU``; the signature is sacreBLEU's between our name and version.

    Args:
        tokenize: ``13a``, ``intl``, ``zh``, ``ja-mecab``, ``ko-mecab``, ``char``, ``none``, ``spm``,
            ``flores101``, ``flores200``; some need packages or files of their own.
        lowercase: ignore case.
        smooth_method: ``exp``, ``floor``, ``add-k`` or ``none``; ``smooth_value`` is its parameter.
        max_ngram_order: number of words in the longest n-grams.
        effective_order: leave out orders that the output is too short for.
    """

    name = "bleu"
    reference: ClassVar[str] = "BLEU"

    tokenize: str = "13a"
    lowercase: bool = False
    smooth_method: Literal["exp", "floor", "add-k", "none"] = "exp"
    smooth_value: float | None = None
    max_ngram_order: int = _USUAL_ORDER
    effective_order: bool = False

    def for_one_sample(self) -> Self:
        """Sentence BLEU."""
        return replace(self, effective_order=True)

    def _check(self) -> None:
        known = _class("BLEU").TOKENIZERS
        if self.tokenize not in known:
            raise TaskError(
                f"metric 'bleu': tokenize {self.tokenize!r} is unknown", hint="one of " + ", ".join(known)
            )
        if not 1 <= self.max_ngram_order <= MOST_ORDER:
            what = f"metric 'bleu': max_ngram_order {shown(self.max_ngram_order)} is not in 1..{MOST_ORDER}"
            raise TaskError(what)

    def _arguments(self) -> dict[str, Any]:
        # Forced: whether outputs look tokenized is not ours to say in the middle of a session.
        return {**asdict(self), "force": True}

    def _unsaid(self) -> list[str]:
        return [] if self.max_ngram_order == _USUAL_ORDER else [f"order:{self.max_ngram_order}"]

    def _width(self) -> int:
        return 2 + 2 * self.max_ngram_order

    def _scores(self, sums: Floats) -> Floats:
        n = self.max_ngram_order
        output_length, reference_length = sums[:, 0], sums[:, 1]
        right, total = sums[:, 2 : 2 + n].copy(), sums[:, 2 + n :].copy()
        has_match = right.any(axis=1)
        value = _SMOOTHING[self.smooth_method] if self.smooth_value is None else self.smooth_value
        if self.smooth_method == "add-k":
            right[:, 1:] += value
            total[:, 1:] += value
        is_reached = np.logical_and.accumulate(total > 0, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            precisions = 100 * self._smoothed(right, is_reached, value) / total
            logs = np.log(np.where(is_reached, precisions, 0.0))
            penalty = np.where(output_length < reference_length, 1 - reference_length / output_length, 0.0)
            if self.effective_order:
                orders = np.maximum(is_reached.sum(axis=1), 1)
                logs = np.where(is_reached, logs, 0.0)
            else:
                orders = np.full(len(sums), n)
            scores = np.exp(penalty + logs.sum(axis=1) / orders)
        return np.where(has_match & (output_length > 0), scores, 0.0)

    def _smoothed(self, right: Floats, is_reached: Floats, value: float) -> Floats:
        is_empty = (right == 0) & is_reached
        if self.smooth_method == "exp":
            return np.where(is_empty, 0.5 ** np.cumsum(is_empty, axis=1), right)
        return np.where(is_empty, value, right) if self.smooth_method == "floor" else right
