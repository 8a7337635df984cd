"""Numbers as verdicts show them."""

from __future__ import annotations

import pytest

from evalkit.comparisons.wording import number


@pytest.mark.parametrize(
    ("value", "text"),
    [(-2.220446049250313e-16, "0.000"), (0.5, "0.500"), (2e-6, "0.000002"), (1234.5, "1,234")],
)
def test_a_number_shows_three_decimals_or_what_it_takes_and_no_rounding(value: float, text: str) -> None:
    assert number(value) == text
