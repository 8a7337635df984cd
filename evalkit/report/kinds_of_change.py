"""What became of an answer that got worse, in a few words: by its own marks, before anybody reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.response import Response
from evalkit.core.score import Score
from evalkit.core.text import one_line

#: What scorers took out of answers is told up to so many characters, and is else "another answer".
_TAKEN_CHARS = 24
#: Answers so many times as long, or as short, are told apart from others.
_TIMES = 2.0
_ENDED = {
    "length": "cut off at the token limit",
    "refusal": "refused by the model",
    "content_filter": "withheld by the provider's filter",
}
OTHER = "another answer"


def kind_of_change(before: Response, now: Response, old: Score | None, new: Score | None) -> str:
    """How ``now`` differs from ``before``; ``old`` and ``new`` are what the deciding scorer said of them."""
    if now.error is not None:
        return f"no answer: {one_line(now.error_kind or now.error, 60)}"
    if now.finish_reason != before.finish_reason and now.finish_reason in _ENDED:
        return _ENDED[now.finish_reason]
    if not (now.output or "").strip() and (before.output or "").strip():
        return "empty answer"
    return _calls(before, now) or _answers(before, now, old, new)


def _answers(before: Response, now: Response, old: Score | None, new: Score | None) -> str:
    if now.output == before.output:
        return "the same answer, scored differently"
    was, taken = (None if old is None else old.answer), (None if new is None else new.answer)
    if was is not None and taken is None:
        return "no answer found in the output"
    if was is not None and taken is not None and was != taken and max(len(was), len(taken)) <= _TAKEN_CHARS:
        was, taken = one_line(was, _TAKEN_CHARS), one_line(taken, _TAKEN_CHARS)
        return f"“{taken}” where the baseline said “{was}”"
    return _lengths(len(before.output or ""), len(now.output or ""))


def _lengths(before: int, now: int) -> str:
    if now >= _TIMES * max(before, 1) and now - before > 80:
        return "an answer at least twice as long"
    if before >= _TIMES * max(now, 1) and before - now > 80:
        return "an answer at most half as long"
    return OTHER


def _calls(before: Response, now: Response) -> str:
    """What changed in the calls of tools; empty where neither side has any."""
    old, new = calls_of(before), calls_of(now)
    if not old and not new:
        return ""
    if not new:
        return "no longer calls a tool"
    if not old:
        return "calls a tool where the baseline called none"
    names = [[name for name, _ in side] for side in (old, new)]
    if names[0] == names[1]:
        same = "the same calls, a different answer"
        return same if old == new else "the same tools, called with different values"
    if len(names[0]) != len(names[1]):
        return "fewer tool calls" if len(names[1]) < len(names[0]) else "more tool calls"
    return "calls different tools"


def calls_of(response: Response) -> list[tuple[str, Any]]:
    """Name and arguments of each call, in order: those of the answer, or of its trajectory."""
    if response.tool_calls:
        return list(map(_call, response.tool_calls))
    steps: Sequence[Any] = response.trajectory or ()
    return [_call(call) for step in steps for call in step.tool_calls]


def _call(call: Mapping[str, Any]) -> tuple[str, Any]:
    function = call.get("function")
    inner = function if isinstance(function, Mapping) else call
    arguments = inner.get("arguments", inner.get("input", inner.get("args")))
    return str(inner.get("name", "")), arguments
