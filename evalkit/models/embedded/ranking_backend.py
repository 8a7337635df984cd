"""Weights that rank choices, in float32 where the kind of model is known here, else as stored."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Literal

from evalkit.errors import MissingExtraError, ModelSpecError
from evalkit.models.embedded.blas import one_thread_each
from evalkit.models.embedded.decoder_shape import read_shape
from evalkit.models.embedded.decoder_weights import read_weights
from evalkit.models.embedded.float_engine import FloatEngine, margin_of
from evalkit.models.embedded.gguf_file import GgufFile
from evalkit.models.embedded.llama_model import LlamaModel
from evalkit.models.embedded.ranking_engine import RankingEngine
from evalkit.models.embedded.stored_engine import StoredEngine

Precision = Literal["f32", "stored"]

#: Larger models are ranked as stored unless asked otherwise: in float32 they take 4 bytes for each weight.
MOST_F32_PARAMS = 1_500_000_000

_DEFAULT_CTX = 4096


def precision_of(path: Path, asked: Precision | None = None) -> Precision:
    """How the file is ranked: what was asked for, else float32 where that is possible and not too large.

    Raises ModelSpecError where float32 was asked for and the model has parts that are not computed here.
    """
    if asked == "stored":
        return asked
    with closing(GgufFile(path)) as file:
        is_known = read_shape(file) is not None
        n_params = file.n_params()
    if asked == "f32" and not is_known:
        raise ModelSpecError(
            "this kind of model cannot be ranked in float32", where=str(path), hint="use ?precision=stored"
        )
    return "f32" if is_known and (asked or n_params <= MOST_F32_PARAMS) else "stored"


def likely_precision(path: Path, asked: Precision | None) -> Precision:
    """``precision_of``, where it can be told; what is wrong is told when a choice is ranked."""
    try:
        return precision_of(path, asked)
    except (MissingExtraError, ModelSpecError):
        return asked or "stored"


class RankingBackend:
    """One copy of the weights, and engines over it. Raises ModelSpecError or MissingExtraError."""

    def __init__(self, path: Path, lora: Path | None, n_ctx: int | None, precision: Precision | None) -> None:
        self.precision = precision_of(path, precision)
        self._margin: int | None = None
        self._weights = None
        if self.precision == "stored":
            self.tokenizer = LlamaModel(path, lora)
            n_trained = self.tokenizer.n_ctx_train
        else:
            self.tokenizer = LlamaModel(path, vocab_only=True)
            with closing(GgufFile(path)) as file:
                shape = read_shape(file)
                assert shape is not None, "precision_of has looked"
                self._weights = read_weights(file, shape, lora)
            n_trained = shape.n_ctx_train
            one_thread_each.enter()
            self._margin = margin_of(self._weights)
        self.n_ctx = min(n_ctx or _DEFAULT_CTX, n_trained)

    def open_engine(self) -> RankingEngine:
        if self._weights is None:
            return StoredEngine(self.tokenizer, self.n_ctx)
        return FloatEngine(self._weights, self.n_ctx, self._margin)

    def close(self) -> None:
        if self._weights is not None:
            self._weights = None
            one_thread_each.leave()
        self.tokenizer.close()
