"""The OpenAI protocol, translated both ways: every server that speaks it is asked through here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.errors import ModelError
from evalkit.models.http import HttpClient
from evalkit.models.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Overrides:
    """Generation parameters that a model spec sets over those of the task; None leaves the task's.

    Attributes:
        temperature: a number, or ``none`` to send none (reasoning models refuse any).
    """

    temperature: float | str | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None

    @classmethod
    def read(cls, parameters: Parameters) -> Overrides:
        is_unset = parameters.text("temperature") == "none"
        return cls(
            "none" if is_unset else parameters.number("temperature"),
            parameters.number("top_p"),
            parameters.whole("max_tokens", low=1),
            parameters.whole("seed"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Only what was set."""
        values = {"temperature": self.temperature, "top_p": self.top_p}
        values |= {"max_tokens": self.max_tokens, "seed": self.seed}
        return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens; a cost is known only where both prices and both counts are."""

    input_usd_per_mtok: float | None = None
    output_usd_per_mtok: float | None = None

    def cost_usd(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        if self.input_usd_per_mtok is None or self.output_usd_per_mtok is None:
            return None
        if prompt_tokens is None or completion_tokens is None:
            return None
        return (
            prompt_tokens * self.input_usd_per_mtok + completion_tokens * self.output_usd_per_mtok
        ) / 1_000_000


class Completions:
    """Generation at one model of one server.

    Args:
        is_chat: ``/chat/completions`` with messages, else ``/completions`` with the bare text.
        max_tokens_key: what the server calls the bound on generated tokens.
        extra: sent with every request.

    Attributes:
        reported: the model and fingerprint that the first answer named, None before.
    """

    def __init__(
        self,
        http: HttpClient,
        name: str,
        *,
        is_chat: bool = True,
        overrides: Overrides | None = None,
        prices: Prices | None = None,
        max_tokens_key: str = "max_tokens",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._http = http
        self._is_chat = is_chat
        self._path = "/chat/completions" if is_chat else "/completions"
        self._prices = prices or Prices()
        self._max_tokens_key = max_tokens_key
        self._overrides = (overrides or Overrides()).as_dict()
        self._fixed = {"model": name, **(extra or {})}
        self.reported: str | None = None

    async def generate(self, request: Request) -> Response:
        """One answer. Raises ModelError."""
        answer = await self._http.post(self._path, self._body(request))
        try:
            return self._response(answer)
        except (LookupError, TypeError, AttributeError):
            raise ModelError(f"the answer has no choices: {str(answer)[:200]}", where=self._path) from None

    def _body(self, request: Request) -> dict[str, Any]:
        body = {**self._fixed, **self._parameters(request.generate)}
        if self._is_chat:
            body["messages"] = [{"role": m.role, "content": m.content} for m in request.messages]
        else:
            body["prompt"] = request.text
        return body

    def _parameters(self, generate: GenerateParams) -> dict[str, Any]:
        values = {**generate.as_dict(), **self._overrides}
        values[self._max_tokens_key] = values.pop("max_tokens")
        if values["temperature"] == "none":
            del values["temperature"]
        return values

    def _response(self, answer: Any) -> Response:
        choice = answer["choices"][0]
        usage = answer.get("usage") or {}
        n_in, n_out = usage.get("prompt_tokens"), usage.get("completion_tokens")
        calls = None
        if self._is_chat:
            message = choice["message"]
            text, calls = message.get("content") or message.get("refusal") or "", message.get("tool_calls")
        else:
            text = choice["text"]
        if self.reported is None:
            self.reported = _reported(answer)
        return Response(
            output=text,
            finish_reason=choice.get("finish_reason"),
            prompt_tokens=n_in,
            completion_tokens=n_out,
            cost_usd=self._prices.cost_usd(n_in, n_out),
            tool_calls=tuple(calls) if calls else None,
        )


def _reported(answer: Mapping[str, Any]) -> str:
    names = (answer.get("model"), answer.get("system_fingerprint"))
    return " ".join(str(name) for name in names if name)
