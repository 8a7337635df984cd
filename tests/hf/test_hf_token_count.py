"""Prompts of ``hf/…`` are counted as they are read, and the weights stay where they are."""

from __future__ import annotations

import asyncio
from pathlib import Path

from evalkit.core.message import Message
from evalkit.core.request import GenerateParams, Request
from tests.asking import ask, rank
from tests.hf.asking_hf import opened, together


def test_the_count_is_what_the_model_says_that_it_read(tiny: Path) -> None:
    plain = ask("Name a colour.", generate=GenerateParams(2))
    turns = (Message("system", "Be brief."), Message("user", "Name a colour."))
    requests = [
        plain,
        Request(turns, plain.generate, plain.sample, has_roles=True),
        rank("Is water wet?", "yes", "certainly not"),
    ]
    model = opened(f"hf/{tiny}")
    asyncio.run(model.identify())
    counted = [model.count_tokens(request) for request in requests]
    assert model._thread._thread is None, "the weights were loaded"
    assert counted == [answer.prompt_tokens for answer in together(f"hf/{tiny}", requests)]


def test_it_is_identified_as_when_it_has_started(tiny: Path) -> None:
    identified, started = opened(f"hf/{tiny}"), opened(f"hf/{tiny}")
    asyncio.run(identified.identify())
    asyncio.run(started.start())
    assert identified.cache_identity == started.cache_identity
