"""What a metric declares of its number agrees with what the number can be."""

from __future__ import annotations

import pytest

from evalkit.registry import METRICS


@pytest.mark.parametrize("name", METRICS.builtin)
def test_a_share_lies_in_0_to_1(name: str) -> None:
    metric = METRICS.get(name)
    assert metric.unit != "share" or metric.bounds == (0.0, 1.0)


def test_what_responses_took_is_told_apart_from_how_good_they_are() -> None:
    operations = {name for name in METRICS.builtin if METRICS.get(name).role == "operation"}
    assert operations == {
        "completion_tokens", "cost_usd", "cost_usd_mean", "error_rate", "judge_calls",
        "judge_completion_tokens", "judge_cost_usd", "judge_error_rate", "judge_prompt_tokens",
        "latency_p50_s", "latency_p95_s",
        "latency_p99_s", "output_chars_mean", "prompt_tokens", "refusal_rate", "retries", "spent_usd",
        "throttled", "time_per_token_p50_s", "tokens_per_second_p50", "truncated_rate", "ttft_p50_s",
        "ttft_p95_s",
    }  # fmt: skip
