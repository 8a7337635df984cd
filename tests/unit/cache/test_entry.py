"""What a cached response is found by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from evalkit.cache.entry import request_digest
from evalkit.core.quarantine import Quarantine
from evalkit.core.request import GenerateParams, Request
from evalkit.core.sample import Sample

SAMPLE = Sample("a", "input", row={"field": 1}, content_hash="one")


def digest(**changes: Any) -> bytes:
    request = Request((), GenerateParams(), replace(SAMPLE, **changes), "task")
    return request_digest(request, reads_sample=True)


@pytest.mark.parametrize("changes", [{"quarantine": Quarantine(date(2026, 12, 31))}, {"content_hash": "two"}])
def test_that_a_sample_may_fail_for_a_while_finds_the_same_response(changes: dict[str, Any]) -> None:
    assert digest(**changes) == digest()


@pytest.mark.parametrize(
    "changes", [{"input": "other"}, {"row": {"field": 2}}, {"target": "t"}, {"group": "g"}]
)
def test_what_an_application_may_read_of_a_sample_asks_for_another_response(changes: dict[str, Any]) -> None:
    assert digest(**changes) != digest()
