"""Thinking that models write before their answer: it is kept apart and never scored as the answer."""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.core.response import Response

#: A block at the beginning of the output. Where the chat template opened it, only its end is there; where the
#: answer was cut within it, only its beginning.
_BLOCK = re.compile(r"\A\s*(?:<think>)?(?P<thought>.*?)</think>\s*(?P<rest>.*)\Z", re.DOTALL)
_OPEN = re.compile(r"\A\s*<think>(?P<thought>.*)\Z", re.DOTALL)


def without_thinking(response: Response) -> Response:
    """The same answer, a ``<think>`` block at the beginning of its output moved to ``reasoning``."""
    output = response.output
    if output is None or "think>" not in output:
        return response
    thought, rest = split_thinking(output)
    if thought is None:
        return response
    told = [text for text in (response.reasoning, thought.strip()) if text]
    return replace(response, output=rest, reasoning="\n\n".join(told) or None)


def split_thinking(output: str) -> tuple[str | None, str]:
    """What was thought, None where there is no such block, and the answer after it."""
    found = _BLOCK.match(output)
    if found is not None and ("<think>" not in found["thought"]):
        return found["thought"], found["rest"]
    left_open = _OPEN.match(output)
    return (None, output) if left_open is None else (left_open["thought"], "")
