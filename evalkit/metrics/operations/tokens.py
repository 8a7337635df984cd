"""``prompt_tokens`` and ``completion_tokens``: what was read and written in all."""

from __future__ import annotations

from evalkit.core.frozen import frozen
from evalkit.metrics.operations.engine.total import TotalMetric


@frozen
class PromptTokens(TotalMetric):
    """Tokens of all prompts as the provider counts them, >= 0; smaller is better.

    The total over the responses that carry a count (``n`` says how many); cached ones count with their
    original number. MetricError where none does.
    """

    name = "prompt_tokens"
    unit = "tokens"
    what = "a number of prompt tokens"
    field = "prompt_tokens"
    brief = "{value} in"


@frozen
class CompletionTokens(TotalMetric):
    """Tokens of all answers as the provider counts them, >= 0; smaller is better.

    The total over the responses that carry a count (``n`` says how many); cached ones count with their
    original number. MetricError where none does.
    """

    name = "completion_tokens"
    unit = "tokens"
    what = "a number of completion tokens"
    field = "completion_tokens"
    brief = "{value} out"
