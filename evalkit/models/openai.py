"""``openai/NAME``: OpenAI's API and every server that speaks it (vLLM, TGI, llama.cpp, LM Studio …)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evalkit.core.needs import EVERYTHING
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.core.text import shown
from evalkit.errors import ModelError
from evalkit.models.model import ModelSettings
from evalkit.models.spec_params import flag
from evalkit.models.wire.chat_completions import chat_message, chat_options
from evalkit.models.wire.chat_stream import ChatJoiner
from evalkit.models.wire.http import HttpReply, JsonClient
from evalkit.models.wire.http_model import HttpModel, StreamJoiner, Vendor
from evalkit.models.wire.openai_answer import empty_content, first_choice, first_text, usage_details

if TYPE_CHECKING:
    from evalkit.models.wire.openai_ranking import OpenAiRanking

BASE_URL = "https://api.openai.com/v1"

OPENAI = Vendor(
    "openai",
    BASE_URL,
    "OPENAI_API_KEY",
    params={"chat": flag},
    # Of thinking an effort, and no bound in tokens.
    carries=EVERYTHING - {"reasoning_budget", "ranked_parts"},
)


def open_model(spec: ModelSpec, settings: ModelSettings) -> OpenAiModel:
    """``?base_url=`` names another server; ``?chat=0`` asks ``/completions`` with bare text."""
    params = OPENAI.read(spec)
    return OpenAiModel(spec, OPENAI.client(spec, settings, params), params)


class OpenAiModel(HttpModel):
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
        extra: Mapping[str, Any] | None = None,
        vendor: Vendor = OPENAI,
    ) -> None:
        super().__init__(spec, client, vendor, params)
        self._extra = dict(extra or {})
        self._is_chat: bool = params.get("chat", True)
        assert self.cache_identity is not None
        self.cache_identity = {**self.cache_identity, "chat": self._is_chat}
        if not self._is_chat:
            self.carries = frozenset()
        is_newer = self.base_url == BASE_URL and self._is_chat
        self._limit_key = "max_completion_tokens" if is_newer else "max_tokens"

    @cached_property
    def _ranking(self) -> OpenAiRanking:
        from evalkit.models.wire.openai_ranking import OpenAiRanking

        return OpenAiRanking(self.client, self.spec.name)

    def count_tokens(self, request: Request) -> int | None:
        """Of chats with OpenAI's own models, where tiktoken has their vocabulary."""
        if self.base_url != BASE_URL or not self._is_chat:
            return None
        from evalkit.models.wire.openai_tokens import chat_tokens  # for a dry run alone

        return chat_tokens(self.spec.name, request)

    async def rank(self, request: Request) -> Response:
        return await self._ranking.rank(request)

    def path_of(self, request: Request) -> str:
        return "chat/completions" if self._is_chat else "completions"

    def body_of(self, request: Request) -> dict[str, Any]:
        return self._chat_body(request) if self._is_chat else self._text_body(request)

    def streamed_body(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "stream": True, "stream_options": {"include_usage": True}}

    def joiner(self) -> StreamJoiner:
        return ChatJoiner()

    def read(self, reply: HttpReply) -> Response:
        return self._read_chat(reply.answer) if self._is_chat else self._read_text(reply.answer)

    def _chat_body(self, request: Request) -> dict[str, Any]:
        messages = [chat_message(message) for message in request.messages]
        body = {"model": self.spec.name, "messages": messages, **self._generation(request)}
        body.update(chat_options(request))
        if not self.takes("reasoning_effort"):
            body.pop("reasoning_effort", None)
        return body

    def _text_body(self, request: Request) -> dict[str, Any]:
        return {"model": self.spec.name, "prompt": request.text, **self._generation(request)}

    def _generation(self, request: Request) -> dict[str, Any]:
        generate = request.generate
        set_by_spec = self.set_by_spec
        body: dict[str, Any] = {
            self._limit_key: set_by_spec.get("max_tokens", generate.max_tokens),
        }
        if self.takes("temperature"):
            body["temperature"] = set_by_spec.get("temperature", generate.temperature)
        if generate.stop and self.takes("stop"):
            body["stop"] = generate.stop
        if generate.seed is not None and self.takes("seed"):
            body["seed"] = generate.seed + request.repeat
        top_p = set_by_spec.get("top_p", generate.top_p)
        if top_p is not None and self.takes("top_p"):
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
            cost_usd=self.cost_usd(prompt_tokens, completion_tokens),
            tool_calls=(tuple(calls) if isinstance(calls, list) else calls) or None,
            model_revision=revision if isinstance(revision, str) else None,
            reasoning=first_text(message, "reasoning_content", "reasoning"),
            request_id=request_id if isinstance(request_id, str) else None,
            queue_s=usage.get("queue_time"),
            **usage_details(usage),
        )
