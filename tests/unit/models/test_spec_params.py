"""Values of parameters in a spec."""

from __future__ import annotations

import pytest

from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError
from evalkit.models.spec_params import amount, count, read_params

KNOWN = {"temperature": amount, "max_tokens": count}


@pytest.mark.parametrize(
    "given, hint",
    [
        ("temperature=hot", "write a number >= 0"),
        ("temperature=inf", "write a number >= 0"),
        ("temperature=nan", "write a number >= 0"),
        ("temperature=-1", "write a number >= 0"),
        ("max_tokens=²", "write a whole number >= 1"),
        ("max_tokens=0", "write a whole number >= 1"),
    ],
)
def test_a_value_that_cannot_be_sent_says_what_can(given: str, hint: str) -> None:
    with pytest.raises(ModelSpecError) as caught:
        read_params(ModelSpec.parse(f"openai/m?{given}"), KNOWN)
    assert caught.value.hint == hint


def test_numbers_are_read() -> None:
    assert read_params(ModelSpec.parse("openai/m?temperature=0.5&max_tokens=7"), KNOWN) == {
        "temperature": 0.5,
        "max_tokens": 7,
    }
