"""Which of OpenAI's models take a temperature, known by their names, and the base of both of its APIs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evalkit.core.needs import Knob
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.wire.http import JsonClient
from evalkit.models.wire.http_model import HttpModel, Vendor

#: Models that always think before they answer: o1 to o4, GPT-5 itself, Codex.
_THINKING = re.compile(r"(ft:)?(o\d|gpt-5(?![.\d]|-chat)|codex)")
#: Later ones, which answer at once where no effort is asked for.
_SWITCHED = re.compile(r"(ft:)?gpt-(5\.\d|[6-9]|\d\d)(?!.*-chat)")


def lacks_of(name: str) -> frozenset[Knob]:
    """Generation parameters that OpenAI refuses for a model."""
    if _THINKING.match(name):
        return frozenset({"temperature", "top_p", "stop"})
    return frozenset({"stop"}) if is_switched(name) else frozenset()


def is_switched(name: str) -> bool:
    """Whether a model takes a temperature and a ``top_p`` at the effort ``none`` alone."""
    return _SWITCHED.match(name) is not None


class SwitchedModel(HttpModel):
    """Base of the models of both APIs.

    Args:
        known_as: OpenAI's name of what answers, None where it is unknown: then everything is sent.

    Attributes:
        query: behind each path (``?api-version=…``).
        has_summary: whether a summary of the reasoning is asked for, where the API has one.
    """

    query: str = ""

    def __init__(
        self,
        spec: ModelSpec,
        client: JsonClient,
        vendor: Vendor,
        params: Mapping[str, Any],
        known_as: str | None = None,
    ) -> None:
        super().__init__(spec, client, vendor, params)
        self._is_switched = known_as is not None and is_switched(known_as)
        self.has_summary: bool = params.get("summary", True)
        if self._is_switched and self.drops_unsupported:
            named = {*self.params.get("not_sent", ()), "temperature", "top_p"}
            self.params = {**self.params, "not_sent": sorted(named)}

    def check_options(self, generate: GenerateParams, schema: ResponseSchema | None) -> None:
        if self.drops_unsupported or self._samples(generate):
            return
        asked = [name for name in ("temperature", "top_p") if self._is_asked(name, generate)]
        if asked:
            what = f"{self.spec.text} takes no {' and no '.join(asked)} where it thinks"
            raise ModelError(what, kind="missing", hint="write reasoning: none, or leave it out")

    def sampling_of(self, request: Request) -> dict[str, Any]:
        found = super().sampling_of(request)
        if not self._samples(request.generate):
            found.pop("temperature", None)
            found.pop("top_p", None)
        return found

    def _samples(self, generate: GenerateParams) -> bool:
        """Whether the model takes sampling parameters together with this reasoning."""
        if not self._is_switched:
            return True
        return generate.reasoning is not None and generate.reasoning.effort == "none"

    def _is_asked(self, name: str, generate: GenerateParams) -> bool:
        if name == "temperature":
            return self.temperature_of(generate)[1]
        return self.set_by_spec.get("top_p", generate.top_p) is not None
