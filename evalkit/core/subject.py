"""What is under test: one Model with one Prompt version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from urllib.parse import parse_qsl

from evalkit.core.frozen import frozen
from evalkit.errors import ModelSpecError

#: The name of the prompt that a task brings itself.
DEFAULT_PROMPT = "default"


@frozen
class ModelSpec:
    """A parsed model spec, ``provider/name[?param=value&…]``.

    Attributes:
        text: the spec as the user typed it; it holds no secret, because keys are never parameters.
        params: parameters by name, as text.
    """

    provider: str
    name: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)
    text: str = ""

    @classmethod
    def parse(cls, text: str) -> ModelSpec:
        """Parse a spec. Raises ModelSpecError if the provider or the name is missing."""
        head, _, query = text.strip().partition("?")
        cut = min((i for i in (head.find("/"), head.find(":")) if i >= 0), default=-1)
        if cut <= 0 or cut == len(head) - 1:
            raise ModelSpecError(
                f"model spec {text!r} cannot be read",
                hint="write provider/name, for example local/smollm2 or openai/gpt-4o-mini",
            )
        params = dict(parse_qsl(query, keep_blank_values=True))
        return cls(head[:cut], head[cut + 1 :], params, text.strip())


@frozen
class Subject:
    """One Model with one Prompt; the prompt ``default`` is each task's own.

    ``label`` is unique in a session: the model spec, then ``#prompt`` unless it is the default one.
    """

    model: ModelSpec
    prompt: str = DEFAULT_PROMPT

    @property
    def label(self) -> str:
        return self.model.text if self.prompt == DEFAULT_PROMPT else f"{self.model.text}#{self.prompt}"
