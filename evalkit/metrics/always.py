"""Metrics of every evaluation, asked for or not."""

from __future__ import annotations

#: In the order in which they are computed and stored.
ALWAYS = (
    "error_rate",
    "truncated_rate",
    "refusal_rate",
    "latency_p50_s",
    "latency_p95_s",
    "prompt_tokens",
    "completion_tokens",
    "cost_usd",
)

#: Those that drift watches, asked for or not: each says how it is computed from stored responses.
WATCHED = (
    "error_rate",
    "latency_p50_s",
    "latency_p95_s",
    "cost_usd_mean",
    "output_chars_mean",
    "refusal_rate",
)

#: Those of every evaluation with a scorer that asks judges, behind the others.
OF_JUDGES = (
    "judge_calls",
    "judge_error_rate",
    "judge_prompt_tokens",
    "judge_completion_tokens",
    "judge_cost_usd",
)
