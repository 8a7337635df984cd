"""The answer that every part hands on."""

from __future__ import annotations

from dataclasses import fields, replace

from evalkit.core.response import Response


def test_a_placed_response_differs_in_its_place_alone() -> None:
    values = {field.name: object() for field in fields(Response)}
    response = Response(**values)  # type: ignore[arg-type]
    expected = replace(response, sample_id="s", repeat=2, input="i")
    assert response.placed("s", 2, "i", 1.0) == expected
    assert response.timed(3.0) == replace(response, latency_s=3.0)


def test_a_placed_response_gets_the_time_it_lacks() -> None:
    assert Response("x").placed("s", 0, "i", 7.0).created_at == 7.0
