"""``openai/NAME``: OpenAI's API and every server that speaks it (vLLM, TGI, llama.cpp, LM Studio …)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evalkit.core.needs import EVERYTHING, Need
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.core.text import shown
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import BaseModel, ModelSettings
from evalkit.models.spec_params import Reader, amount, count, flag, read_params
from evalkit.models.wire.chat_completions import chat_message, chat_options
from evalkit.models.wire.http import JsonClient
from evalkit.models.wire.openai_answer import empty_content, first_choice, first_text, usage_details

if TYPE_CHECKING:
    from evalkit.models.wire.openai_ranking import OpenAiRanking

BASE_URL = "https://api.openai.com/v1"

#: What a spec may set over the task's own ``generate:``.
GENERATION_PARAMS: Mapping[str, Reader] = {"temperature": amount, "top_p": amount, "max_tokens": count}

PARAMS: Mapping[str, Reader] = {
    "base_url": str,
    "chat": flag,
    "api_key_env": str,
    "revision": str,
    "timeout_s": amount,
    "concurrency": count,
    **GENERATION_PARAMS,
}

#: What chat completions have a place for: of thinking an effort, and no bound in tokens.
CARRIED = EVERYTHING - {"reasoning_budget", "ranked_parts"}

#: Part of the cache key: raise it when requests are built differently.
ADAPTER_VERSION = 1


def open_model(spec: ModelSpec, settings: ModelSettings) -> OpenAiModel:
    """``?base_url=`` names another server; ``?chat=0`` asks ``/completions`` with bare text."""
    params = read_params(spec, PARAMS)
    base_url = params.get("base_url", BASE_URL)
    headers = _headers(spec, params, is_openai="base_url" not in params)
    client = JsonClient(
        base_url,
        headers,
        timeout_s=params.get("timeout_s", settings.timeout_s),
        is_offline=settings.is_offline,
    )
    return OpenAiModel(spec, client, params, base_url)


def _headers(spec: ModelSpec, params: Mapping[str, Any], *, is_openai: bool) -> dict[str, str]:
    """OpenAI's key goes to OpenAI alone; another server gets a key only when its variable is named."""
    name = params.get("api_key_env") or ("OPENAI_API_KEY" if is_openai else None)
    if name is None:
        return {}
    key = os.environ.get(name)
    if not key:
        raise ModelSpecError(
            f"{spec.provider}/{spec.name} needs a key and {name} is not set", hint=f"export {name}=…"
        )
    if not key.isprintable() or " " in key:
        raise ModelSpecError(
            f"{name} holds white space or a control character, which no key has", hint=f"export {name}=… anew"
        )
    return {"Authorization": f"Bearer {key}"}


class OpenAiModel(BaseModel):
    """Chat completions for generation; log-likelihoods on servers that can say them.

    Args:
        base_url: part of the cache key; the client has it already.
        extra: sent with every request.
    """

    def __init__(
        self,
        spec: ModelSpec,
        client: JsonClient,
        params: Mapping[str, Any],
        base_url: str,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(spec)
        self.client = client
        self._overrides = {key: params[key] for key in GENERATION_PARAMS if key in params}
        self._extra = dict(extra or {})
        self.revision: str | None = params.get("revision")
        self.default_concurrency: int = params.get("concurrency", 32)
        self.params: Mapping[str, Any] = {
            key: value for key, value in params.items() if key in ("base_url", "chat", *GENERATION_PARAMS)
        }
        self.cache_identity: Mapping[str, Any] | None = {
            "provider": "openai",
            "name": spec.name,
            "base_url": base_url,
            "chat": params.get("chat", True),
            "revision": self.revision,
            "adapter": ADAPTER_VERSION,
            **self._overrides,
        }
        self._is_chat: bool = params.get("chat", True)
        self.carries: frozenset[Need] = CARRIED if self._is_chat else frozenset()
        is_newer = base_url == BASE_URL and self._is_chat
        self._limit_key = "max_completion_tokens" if is_newer else "max_tokens"

    async def start(self) -> None:
        """Nothing: the first call opens the connections."""

    async def close(self) -> None:
        await self.client.close()

    @cached_property
    def _ranking(self) -> OpenAiRanking:
        from evalkit.models.wire.openai_ranking import OpenAiRanking

        return OpenAiRanking(self.client, self.spec.name)

    async def respond(self, request: Request) -> Response:
        """One generation, or the ranking of the request's continuations."""
        if request.continuations is not None:
            return await self._ranking.rank(request)
        if self._is_chat:
            answer = await self.client.post("chat/completions", self._chat_body(request))
        else:
            answer = await self.client.post("completions", self._text_body(request))
        try:
            return self._read_chat(answer) if self._is_chat else self._read_text(answer)
        except (AttributeError, LookupError, TypeError, ValueError):
            raise ModelError("the server's answer has an unknown form", is_retryable=True) from None

    def _chat_body(self, request: Request) -> dict[str, Any]:
        messages = [chat_message(message) for message in request.messages]
        body = {"model": self.spec.name, "messages": messages, **self._generation(request)}
        body.update(chat_options(request))
        return body

    def _text_body(self, request: Request) -> dict[str, Any]:
        return {"model": self.spec.name, "prompt": request.text, **self._generation(request)}

    def _generation(self, request: Request) -> dict[str, Any]:
        generate = request.generate
        set_by_spec = self._overrides
        body: dict[str, Any] = {
            self._limit_key: set_by_spec.get("max_tokens", generate.max_tokens),
            "temperature": set_by_spec.get("temperature", generate.temperature),
        }
        if generate.stop:
            body["stop"] = generate.stop
        if generate.seed is not None:
            body["seed"] = generate.seed + request.repeat
        top_p = set_by_spec.get("top_p", generate.top_p)
        if top_p is not None:
            body["top_p"] = top_p
        body.update(self._extra)
        return body

    def _read_chat(self, answer: Any) -> Response:
        choice = first_choice(answer)
        message = choice.get("message") or {}
        if not isinstance(message, dict):
            raise ModelError(f"the server's message {shown(message)} is no object", is_retryable=True)
        output, tool_calls, refusal = (
            message.get("content"),
            message.get("tool_calls"),
            message.get("refusal"),
        )
        if output is None:
            output = refusal or ("" if tool_calls else None)
        if output is None and "content" in message:
            output = empty_content(choice.get("finish_reason"))
        return self._response(answer, choice, output, message)

    def _read_text(self, answer: Any) -> Response:
        choice = first_choice(answer)
        return self._response(answer, choice, choice.get("text"), {})

    def _response(self, answer: Any, choice: Any, output: Any, message: Mapping[str, Any]) -> Response:
        """Counters and the like are passed on as they are: the runner checks them for all providers."""
        if not isinstance(output, str):
            raise ModelError("the server's answer holds no text", is_retryable=True)
        revision, calls = answer.get("model"), message.get("tool_calls")
        usage = answer.get("usage") or {}
        if not isinstance(usage, dict):
            raise ModelError(f"the server's usage {shown(usage)} is no object")
        prompt_tokens, completion_tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
        reason, request_id = choice.get("finish_reason"), answer.get("id")
        return Response(
            output,
            # The server says "stop" of a refusal.
            finish_reason="refusal" if message.get("refusal") else reason,
            vendor_finish_reason=reason,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            tool_calls=(tuple(calls) if isinstance(calls, list) else calls) or None,
            model_revision=revision if isinstance(revision, str) else None,
            reasoning=first_text(message, "reasoning_content", "reasoning"),
            request_id=request_id if isinstance(request_id, str) else None,
            queue_s=usage.get("queue_time"),
            **usage_details(usage),
        )
