"""``openai/NAME``: OpenAI's API and every server that speaks it (vLLM, TGI, llama.cpp, LM Studio …)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from evalkit.core.needs import EVERYTHING, Knob, Need
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.core.text import shown
from evalkit.errors import ModelError, ModelSpecError, UsageError
from evalkit.models.model import ModelSettings
from evalkit.models.spec_params import flag, one_of
from evalkit.models.wire.chat_completions import chat_message, chat_options
from evalkit.models.wire.chat_stream import ChatJoiner
from evalkit.models.wire.http import HttpReply, JsonClient
from evalkit.models.wire.http_model import StreamJoiner, Vendor
from evalkit.models.wire.openai_answer import empty_content, first_choice, first_text, usage_details
from evalkit.models.wire.openai_sampling import SwitchedModel, lacks_of

if TYPE_CHECKING:
    from evalkit.models.batches.openai import OpenAiBatches
    from evalkit.models.wire.openai_ranking import OpenAiRanking

BASE_URL = "https://api.openai.com/v1"

OPENAI = Vendor(
    "openai",
    BASE_URL,
    "OPENAI_API_KEY",
    params={"chat": flag, "api": one_of("chat", "responses"), "summary": flag},
    # Of thinking an effort, and no bound in tokens.
    carries=EVERYTHING - {"reasoning_budget", "ranked_parts"},
    filter_codes=frozenset({"content_filter"}),
    ranks="on servers that give log-probabilities of a prompt",
    batches=True,
)
VENDOR = OPENAI

#: Needs of a request that the Responses API has no place for.
RESPONSES_LACK: frozenset[Need] = frozenset({"audio"})
RESPONSES_KNOBS_LACKING: frozenset[Knob] = frozenset({"stop", "seed"})
#: Codes by which OpenAI itself says that a prompt is against its policies.
_POLICY_CODES = frozenset({"invalid_prompt", "bio_policy", "misalignment_policy_violation"})


def open_model(spec: ModelSpec, settings: ModelSettings) -> SwitchedModel:
    """``?base_url=`` names another server; ``?chat=0`` asks ``/completions`` with bare text, and
    ``?api=responses`` the Responses API."""
    params, vendor, known_as = OPENAI.read(spec), OPENAI, None
    if "base_url" not in params:
        known_as = spec.name
        codes = vendor.filter_codes | _POLICY_CODES
        vendor = replace(vendor, lacks=lacks_of(spec.name), filter_codes=codes)
    client = vendor.client(spec, settings, params)
    if params.get("api") != "responses":
        return OpenAiModel(spec, client, params, None, vendor, known_as)
    if not params.get("chat", True):
        raise ModelSpecError(f"{spec.text} asks for two APIs", hint="drop chat=0 or api=responses")
    return responses_model(spec, client, vendor, params, known_as)


def responses_model(
    spec: ModelSpec, client: JsonClient, vendor: Vendor, params: Mapping[str, Any], known_as: str | None
) -> SwitchedModel:
    """A model of the Responses API."""
    from evalkit.models.wire.openai_responses import ResponsesModel

    vendor = replace(
        vendor, carries=vendor.carries - RESPONSES_LACK, lacks=vendor.lacks | RESPONSES_KNOBS_LACKING
    )
    return ResponsesModel(spec, client, vendor, params, known_as)


class OpenAiModel(SwitchedModel):
    """Chat completions for generation; log-likelihoods on servers that can say them.

    Args:
        extra: sent with every request.
        known_as: OpenAI's name of what answers, None where it is unknown.
    """

    def __init__(
        self,
        spec: ModelSpec,
        client: JsonClient,
        params: Mapping[str, Any],
        extra: Mapping[str, Any] | None = None,
        vendor: Vendor = OPENAI,
        known_as: str | None = None,
    ) -> None:
        super().__init__(spec, client, vendor, params, known_as)
        self._extra = dict(extra or {})
        self._is_chat: bool = params.get("chat", True)
        assert self.cache_identity is not None
        self.cache_identity = {**self.cache_identity, "chat": self._is_chat}
        if not self._is_chat:
            self.carries = frozenset()
        is_newer = self.base_url == BASE_URL and self._is_chat
        self.limit_key = "max_completion_tokens" if is_newer else "max_tokens"

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
        return f"chat/completions{self.query}" if self._is_chat else "completions"

    def body_of(self, request: Request) -> dict[str, Any]:
        return self._chat_body(request) if self._is_chat else self._text_body(request)

    def streamed_body(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "stream": True, "stream_options": {"include_usage": True}}

    def joiner(self) -> StreamJoiner:
        return ChatJoiner()

    def read(self, reply: HttpReply) -> Response:
        return self._read_chat(reply.answer) if self._is_chat else self._read_text(reply.answer)

    def open_batches(self) -> OpenAiBatches:
        """``--llm-batch``: files of requests for the endpoint that single calls go to. Raises UsageError for
        vendors who share the protocol of single calls alone."""
        from evalkit.models.batches.openai import OpenAiBatches

        if not self.vendor.batches:
            what = f"batches of {self.vendor.provider} are not supported"
            raise UsageError(what, hint="leave out the option batch")
        return OpenAiBatches(self, "/v1/chat/completions" if self._is_chat else "/v1/completions")

    def _chat_body(self, request: Request) -> dict[str, Any]:
        keeps_extra = self.base_url != BASE_URL
        self.check_options(request.generate, request.response_schema)
        messages = [chat_message(message, keeps_extra=keeps_extra) for message in request.messages]
        body = {"model": self.spec.name, "messages": messages, **self._generation(request)}
        body.update(chat_options(request))
        if not self.takes("reasoning_effort"):
            body.pop("reasoning_effort", None)
        return body

    def _text_body(self, request: Request) -> dict[str, Any]:
        return {"model": self.spec.name, "prompt": request.text, **self._generation(request)}

    def _generation(self, request: Request) -> dict[str, Any]:
        sampling = self.sampling_of(request)
        return {self.limit_key: sampling.pop("max_tokens"), **sampling, **self._extra}

    def _read_chat(self, answer: Any) -> Response:
        choice = first_choice(answer)
        message = choice.get("message") or {}
        if not isinstance(message, dict):
            raise ModelError(f"the server's message {shown(message)} is not an object", is_retryable=True)
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
            raise ModelError(f"the server's usage {shown(usage)} is not an object")
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
