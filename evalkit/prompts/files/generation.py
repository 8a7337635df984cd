"""The generation parameters of other formats by our names for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.document import Step
from evalkit.core.request import GenerateParams
from evalkit.prompts.files.head import Head

#: Name in a file -> ours.
NAMES: Mapping[str, str] = {
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "maxTokens": "max_tokens",
    "maxOutputTokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "topP": "top_p",
    "stop": "stop",
    "stopSequences": "stop",
    "seed": "seed",
    "reasoning_effort": "reasoning",
    "reasoningEffort": "reasoning",
}
#: What changes no answer, at any value; and at this one.
_HARMLESS = frozenset({"stream", "stream_options", "user", "version"})
_NEUTRAL: Mapping[str, Any] = {
    "n": 1, "frequency_penalty": 0, "presence_penalty": 0, "frequencyPenalty": 0, "presencePenalty": 0,
    "candidateCount": 1,
}  # fmt: skip


def parameters_of(head: Head, *paths: tuple[Step, ...]) -> GenerateParams | None:
    """What the mappings at ``paths`` set. Raises TemplateError on what cannot be asked for."""
    values: dict[str, Any] = {}
    places: dict[str, tuple[Step, ...]] = {}
    for path in paths:
        found = {} if isinstance(head.get(path[0]), str) else head.mapping(*path)
        for name, value in found.items():
            if name in _HARMLESS or (name in _NEUTRAL and value == _NEUTRAL[name]):
                continue
            ours = NAMES.get(name)
            if ours is None:
                what = f"{'.'.join(map(str, path))}.{name} cannot be asked for"
                head.fail(what, *path, name, hint=f"known: {', '.join(NAMES)}")
            if ours in values:
                head.fail(f"{name} is given twice, by two names", *path, name, hint="remove one")
            values[ours], places[ours] = value, (*path, name)
    return head.parameters(values, places)
