"""What a gate asks for, as written."""

from __future__ import annotations

import math
from typing import Any

import pytest

from evalkit.core.gate import parse_gate
from evalkit.errors import TaskError


@pytest.mark.parametrize("number", ["0.5", "1", "0.1234567", "12345678", "1e-07"])
def test_the_text_of_a_gate_gives_the_same_gate_again(number: str) -> None:
    gate = parse_gate(f"accuracy >= {number}")
    assert parse_gate(gate.text) == gate


@pytest.mark.parametrize(
    "gate",
    ["accuracy >= nan", "accuracy >= much", {"regression": {"metric": "accuracy", "margin": math.nan}}],
    ids=str,
)
def test_a_bound_that_is_no_number_is_refused(gate: Any) -> None:
    with pytest.raises(TaskError, match="is not a number"):
        parse_gate(gate)
