"""What is asked of a Model for one Sample and one repeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, replace
from math import inf
from typing import Annotated, Any

from evalkit.core.fitting import NOT_EMPTY, Bounds, Words
from evalkit.core.forms import NOT_A_KEY, read_fields
from evalkit.core.frozen import frozen
from evalkit.core.message import Media, Message, conversation_text
from evalkit.core.reasoning import REASONING, Reasoning
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.sample import Sample
from evalkit.core.tools import Tool

_TOKENS = Bounds(at_least=1, below=2**31, words="a whole number >= 1 (and < 2^31)")


@frozen(slots=True)
class GenerateParams:
    """Generation parameters of a task.

    Attributes:
        max_tokens: limit on generated tokens, >= 1.
        temperature: >= 0; 0 takes the most likely token each time.
        stop: texts that end the generation and are not part of the output.
        seed: sampling seed, or None; not every provider takes one.
        top_p: nucleus share in (0, 1], or None for the provider's default.
        reasoning: how much the model thinks before it answers, or None for the provider's default.
        named: the parameters that a mapping set, whatever their value; not part of the identity.
    """

    max_tokens: Annotated[int, _TOKENS] = 256
    temperature: Annotated[float, Bounds(at_least=0, below=inf, words="a number >= 0")] = 0.0
    stop: Annotated[tuple[Annotated[str, NOT_EMPTY], ...], Words("a text or a list of texts")] = ()
    seed: int | None = None
    top_p: Annotated[float | None, Bounds(above=0, at_most=1, words="a share in (0, 1]")] = None
    reasoning: Annotated[Reasoning | None, REASONING] = None
    named: Annotated[frozenset[str], NOT_A_KEY] = field(default=frozenset(), compare=False, repr=False)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], key: str = "generate") -> GenerateParams:
        """Read a task's ``generate:`` mapping. Raises TaskError with ``key`` on an unknown or wrong entry."""
        read = read_fields(cls, values, key)
        return cls(**read, named=frozenset(read))

    def over(self, below: GenerateParams | None) -> GenerateParams:
        """These parameters; one that is left at its default takes the value that ``below`` sets."""
        if below is None or not below.named:
            return self
        free = below.named - self.named - {name for name in below.named if self._sets(name)}
        named = self.named | free
        return replace(self, **{name: getattr(below, name) for name in free}, named=named) if free else self

    def _sets(self, name: str) -> bool:
        return bool(getattr(self, name) != _DEFAULTS[name])

    def as_dict(self) -> dict[str, Any]:
        """What is set, in a fixed order, for hashes and the store."""
        values: dict[str, Any] = {"max_tokens": self.max_tokens, "temperature": self.temperature}
        if self.stop:
            values["stop"] = list(self.stop)
        if self.seed is not None:
            values["seed"] = self.seed
        if self.top_p is not None:
            values["top_p"] = self.top_p
        if self.reasoning is not None:
            values["reasoning"] = self.reasoning.as_dict()
        return values


_DEFAULTS = {each.name: each.default for each in fields(GenerateParams)}


@frozen(slots=True, quick=True)
class Request:
    """What a Model is asked.

    Attributes:
        messages: the rendered prompt, never empty.
        generate: the generation parameters.
        has_roles: whether the prompt names roles. Chat models get messages either way; log-likelihoods are
            taken on the bare text without roles, and on the model's chat template with roles.
        continuations: for ranking by log-likelihood, one continuation per choice, in the order of the choices
            and with the delimiter (``" negative"``); None asks for generation.
        sample: the Sample that is asked about (replays and applications under test need it).
        task: the task's name.
        repeat: 0 for the first response to a Sample.
        tools: functions that the model may call, in the form of chat completions.
        tool_choice: ``auto``, ``none``, ``required``, or the tool that must be called; None leaves it open.
        response_schema: the JSON that the answer must be, or None for any text.
    """

    messages: tuple[Message, ...]
    generate: GenerateParams
    sample: Sample
    task: str = ""
    repeat: int = 0
    has_roles: bool = False
    continuations: tuple[str, ...] | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    response_schema: ResponseSchema | None = None

    @property
    def text(self) -> str:
        """The prompt as one text: the content alone, or with role lines if there are roles. Media are shown
        by type and hash, tool calls by name and arguments."""
        if not self.has_roles and len(self.messages) == 1:
            return self.messages[0].text
        return conversation_text(self.messages)

    @property
    def media(self) -> tuple[Media, ...]:
        """The media of all messages, each once."""
        shown = [media for message in self.messages if message.parts for media in message.media]
        return tuple({media.sha256: media for media in shown}.values()) if shown else ()
