"""How numbers are written."""

from __future__ import annotations

import pytest

from evalkit.metrics.units import is_total
from evalkit.report.numbers import difference_text, p_text, seconds_text, usd_text, value_text
from evalkit.report.wording import one_line, visible


@pytest.mark.parametrize(
    "metric, value, text",
    [
        ("accuracy", 0.84, "0.840"),
        ("mcc", -0.1, "−0.100"),
        ("mcc", -0.0, "0.000"),
        ("latency_p95_s", 0.0512, "51.2 ms"),
        ("latency_p95_s", 75.04, "75.0 s"),
        ("latency_p95_s[language=de]", 0.0512, "51.2 ms"),
        ("latency_p95_s", 3725.0, "1 h 02 min"),
        ("completion_tokens", 12345.0, "12,345"),
        ("rerun_changed", 2.0, "2"),
        ("cost_usd", 0.00001234, "$0.0000123"),
        ("cost_usd", 1234.5, "$1,234.50"),
        ("cost_usd_mean", 0.0001, "$0.000100"),
        ("f1(positive=a_s)", 0.5, "0.500"),
        ("accuracy", None, "–"),
    ],
)
def test_a_value_is_written_in_the_unit_of_its_metric(metric: str, value: float | None, text: str) -> None:
    assert value_text(metric, value) == text


def test_a_difference_always_shows_its_sign() -> None:
    assert difference_text("accuracy", 0.1) == "+0.100"
    assert difference_text("accuracy", -0.1) == "−0.100"


def test_what_is_unknown_is_called_so() -> None:
    assert usd_text(None) == seconds_text(None) == "unknown"


def test_a_tiny_p_value_is_never_written_as_zero() -> None:
    assert p_text(1e-40) == "< 0.001"


def test_characters_that_cannot_be_seen_are_shown_by_number() -> None:
    assert visible("a\x00\u202eb\ud800\tc\n") == "a[U+0000][U+202E]b[U+D800]\tc\n"


def test_a_long_text_is_cut_to_one_line() -> None:
    assert one_line("a\nb " + "x" * 1_000_000, 10) == "a b xxxxx…"


def test_only_sums_over_all_responses_are_exact() -> None:
    names = ["prompt_tokens", "cost_usd", "latency_p95_s", "accuracy", "f1(positive=yes)"]
    assert [is_total(name) for name in names] == [True, True, False, False, False]
