"""Requests to Responses in one thread: batches of answers, and of ranked choices."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.core.response import Response
from evalkit.errors import ModelError
from evalkit.models.continuation import choice_response
from evalkit.models.torch_engine.batch_thread import Job
from evalkit.models.torch_engine.decoding import Row, stop_place
from evalkit.models.torch_engine.generation import N_ROWS, decoded, margin_of, write_together
from evalkit.models.torch_engine.layout import prompt_text, prompt_tokens
from evalkit.models.torch_engine.loaded_model import LoadedModel, device_of, load
from evalkit.models.torch_engine.log_likelihoods import Choices, log_likelihoods, tokenized
from evalkit.models.torch_engine.source import Source
from evalkit.models.torch_engine.tool_calls import split_calls

# Two models that compute at the same time on the same cores would only wait for each other.
_CORES = threading.Lock()


@dataclass(frozen=True)
class EngineSettings:
    """How a model is loaded and asked.

    Attributes:
        is_chat: whether messages are laid out by the chat template.
        n_rows: rows that are written together; None for as many as change no answer.
        n_threads: of torch, for the whole process; None leaves them as they are.
        overrides: generation parameters that the spec sets over the task's own.
    """

    source: Source
    adapter: Source | None
    device: str
    dtype: str
    is_chat: bool
    n_rows: int | None
    n_threads: int | None
    overrides: Mapping[str, Any]


class TorchEngine:
    """A model in memory; see ``BatchEngine``. Raises ModelSpecError where it cannot be loaded."""

    def __init__(self, settings: EngineSettings) -> None:
        import torch

        if settings.n_threads is not None:
            torch.set_num_threads(settings.n_threads)
        self._settings = settings
        device = device_of(settings.device)
        self._loaded = load(settings.source, settings.adapter, device, settings.dtype)
        margin = margin_of(self._loaded, settings.n_rows or N_ROWS)
        self._margin = margin or 0.0
        self.n_rows = settings.n_rows or (1 if margin is None else N_ROWS)

    def prepare(self, job: Job) -> None:
        """Lay out and tokenize. Raises ModelError on what cannot be put to the model."""
        request, tokenizer, is_chat = job.request, self._loaded.tokenizer, self._settings.is_chat
        if request.continuations is None:
            text = prompt_text(tokenizer, request, is_chat=is_chat)
            row = self._row(job, prompt_tokens(tokenizer, text, is_chat=is_chat))
            job.kind, job.n_tokens, job.prepared = "write", len(row.tokens), row
            return
        text = prompt_text(tokenizer, request, is_chat=is_chat and request.has_roles)
        choices = tokenized(tokenizer, text, request.continuations)
        longest = len(choices.context) + max(map(len, choices.continuations)) - 1
        self._require_room(longest, 0)
        job.kind, job.n_tokens, job.prepared = "rank", longest, choices

    def answer(self, jobs: Sequence[Job], is_closing: Callable[[], bool]) -> list[Response | ModelError]:
        """All written, or all ranked; what the memory is too small for is halved until it fits."""
        import torch

        on_cpu = self._settings.device == "cpu"
        if on_cpu:
            _CORES.acquire()
        try:
            if jobs[0].kind == "rank":
                return self._rank(jobs)
            return self._write(jobs, is_closing)
        except torch.OutOfMemoryError:
            if len(jobs) == 1:
                return [ModelError("the device has too little memory for this request", hint="shorten it")]
        finally:
            if on_cpu:
                _CORES.release()
        half = len(jobs) // 2
        return [*self.answer(jobs[:half], is_closing), *self.answer(jobs[half:], is_closing)]

    def _row(self, job: Job, tokens: list[int]) -> Row:
        generate, overrides = job.request.generate, self._settings.overrides
        self._require_room(len(tokens), 1)
        n_ctx = self._loaded.n_ctx
        asked = overrides.get("max_tokens", generate.max_tokens)
        return Row(
            tokens,
            asked if n_ctx is None else min(asked, n_ctx - len(tokens)),
            overrides.get("temperature", generate.temperature),
            overrides.get("top_p", generate.top_p),
            tuple(generate.stop),
            None if generate.seed is None else generate.seed + job.request.repeat,
            job.is_wanted,
        )

    def _require_room(self, n_tokens: int, n_written: int) -> None:
        n_ctx = self._loaded.n_ctx
        if n_ctx is not None and n_tokens + n_written > n_ctx:
            raise ModelError(
                f"a prompt of {n_tokens} tokens exceeds the model's {n_ctx}", hint="shorten the prompt"
            )

    def _write(self, jobs: Sequence[Job], is_closing: Callable[[], bool]) -> list[Response | ModelError]:
        rows: list[Row] = [job.prepared for job in jobs]
        if len(rows) > 1 and not self._has_room(rows):
            half = len(jobs) // 2
            return [*self._write(jobs[:half], is_closing), *self._write(jobs[half:], is_closing)]
        for row in rows:
            row.begin()
        began_s = time.perf_counter()
        write_together(self._loaded, rows, margin=self._margin, is_closing=is_closing)
        return [_written(self._loaded, job, row, began_s) for job, row in zip(jobs, rows, strict=True)]

    def _has_room(self, rows: Sequence[Row]) -> bool:
        """Whether the longest prompt can go on as long as the longest answer: ``generate`` moves all rows on
        until the last has ended, and some models know no position beyond their last."""
        n_most = max(len(row.tokens) for row in rows) + max(row.max_tokens for row in rows)
        return self._loaded.n_ctx is None or n_most <= self._loaded.n_ctx

    def _rank(self, jobs: Sequence[Job]) -> list[Response | ModelError]:
        began_s = time.perf_counter()
        choices: list[Choices] = [job.prepared for job in jobs]
        found = log_likelihoods(self._loaded, choices, self.n_rows)
        each_s = (time.perf_counter() - began_s) / len(jobs)
        return [
            _ranked(job, each, logprobs, each_s)
            for job, each, logprobs in zip(jobs, choices, found, strict=True)
        ]


def _written(loaded: LoadedModel, job: Job, row: Row, began_s: float) -> Response:
    tokens = row.written[:-1] if row.written[-1:] and row.written[-1] in loaded.end_tokens else row.written
    text = decoded(loaded, tokens, is_raw=bool(job.request.tools))
    place = stop_place(text, row.stop)
    text = text if place < 0 else text[:place]
    calls: tuple[dict[str, Any], ...] = ()
    if job.request.tools:
        text, calls = split_calls(text)
    return Response(
        text,
        finish_reason="tool_calls" if calls else row.ended,
        prompt_tokens=len(row.tokens),
        completion_tokens=len(row.written),
        cost_usd=0.0,
        latency_s=row.ended_s - began_s,
        ttft_s=row.first_s - began_s,
        tool_calls=calls or None,
    )


def _ranked(job: Job, choices: Choices, logprobs: list[float], latency_s: float) -> Response:
    counts = [len(tail) for tail in choices.continuations]
    return choice_response(
        job.request,
        logprobs,
        choice_tokens=counts,
        prompt_tokens=len(choices.context) + sum(counts),
        cost_usd=0.0,
        latency_s=latency_s,
    )
