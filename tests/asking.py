"""Requests for tests of models."""

from __future__ import annotations

from typing import Any

from evalkit.core.message import Message
from evalkit.core.request import GenerateParams, Request
from evalkit.core.sample import Sample


def ask(text: str = "hello", sample_id: str = "1", **fields: Any) -> Request:
    """A request for generation, 8 tokens unless ``generate`` says otherwise."""
    generate = fields.pop("generate", GenerateParams(max_tokens=8))
    return Request((Message("user", text),), generate, Sample(sample_id, text), **fields)


def rank(text: str, *choices: str, sample_id: str = "1", **fields: Any) -> Request:
    """A request that ranks ``choices``, each after a space."""
    sample = Sample(sample_id, text, choices=choices)
    continuations = tuple(f" {choice}" for choice in choices)
    return Request((Message("user", text),), GenerateParams(), sample, continuations=continuations, **fields)
