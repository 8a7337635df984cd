"""``gemini/NAME``: Google's Gemini API; with ``?project=&location=`` the same models on Vertex AI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from evalkit.core.needs import EVERYTHING
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError, UsageError
from evalkit.models.model import ModelSettings
from evalkit.models.wire.chat_completions import EXTRA
from evalkit.models.wire.gemini_contents import gemini_contents, gemini_tool_config, gemini_tools
from evalkit.models.wire.gemini_stream import GeminiJoiner
from evalkit.models.wire.http import HttpReply, JsonClient
from evalkit.models.wire.http_model import HttpModel, Vendor

if TYPE_CHECKING:
    from evalkit.models.batches.gemini import GeminiBatches

VENDOR = Vendor(
    "gemini",
    "https://generativelanguage.googleapis.com/v1",
    "GEMINI_API_KEY",
    key_headers=lambda key: {"x-goog-api-key": key},
    params={"project": str, "location": str},
    carries=EVERYTHING - {"ranked_parts"},
    extra="gemini",
    batches=True,
)

#: Locations of Vertex AI that are several regions.
_MULTI_REGIONS = ("us", "eu")
_VERSION = re.compile(r"gemini-(\d+)(?:\.(\d+))?")
#: The first version that thinks, and the first that is told how much in words.
_FIRST_THINKING, _FIRST_LEVELS = (2, 5), (3, 0)

#: Our name of a generation parameter -> the vendor's.
_NAMES = {
    "max_tokens": "maxOutputTokens",
    "temperature": "temperature",
    "top_p": "topP",
    "stop": "stopSequences",
    "seed": "seed",
}
_LEVELS = ("minimal", "low", "medium", "high", "xhigh")
#: Finish reasons that mean that a filter kept text back, beside those of ``core.finish_reason``.
_FILTERED = frozenset({"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "MODEL_ARMOR", "ESCALATION"})


def open_model(spec: ModelSpec, settings: ModelSettings) -> GeminiModel:
    """``?project=&location=`` asks Vertex AI with the credentials that google-auth finds."""
    version = gemini_version(spec.name)
    vendor = vendor_of(version)
    params = vendor.read(spec)
    if "project" in params or "location" in params:
        vendor = _on_vertex(vendor, spec, params)
        client = _vertex_client(vendor, spec, settings, params)
    else:
        client = vendor.client(spec, settings, params)
    model = GeminiModel(spec, client, vendor, params)
    model.prefix = _prefix(spec.name, params)
    model.is_signed = version is not None and version >= _FIRST_LEVELS
    return model


def gemini_version(name: str) -> tuple[int, int] | None:
    """``(2, 5)`` of ``gemini-2.5-flash``; None of names without a number."""
    found = _VERSION.search(name)
    return None if found is None else (int(found[1]), int(found[2] or 0))


def vendor_of(version: tuple[int, int] | None) -> Vendor:
    """What a model takes. One whose version is unknown takes all there is."""
    carries = VENDOR.carries
    if version is not None and version < _FIRST_LEVELS:
        carries -= {"reasoning_effort"}
    if version is not None and version < _FIRST_THINKING:
        carries -= {"reasoning_budget"}
    return replace(VENDOR, carries=carries)


def _on_vertex(vendor: Vendor, spec: ModelSpec, params: Mapping[str, Any]) -> Vendor:
    """The address of a location. Raises ModelSpecError where it or the project is missing."""
    for name in ("project", "location"):
        if not re.fullmatch(r"[a-z0-9:.-]+", params.get(name, "")):
            raise ModelSpecError(
                f"{spec.provider}/{spec.name} on Vertex AI needs a {name}",
                hint="write ?project=PROJECT&location=global",
            )
    location = params["location"]
    host = f"{location}-aiplatform.googleapis.com"
    if location == "global":
        host = "aiplatform.googleapis.com"
    elif location in _MULTI_REGIONS:
        host = f"aiplatform.{location}.rep.googleapis.com"
    return replace(vendor, base_url=f"https://{host}/v1beta1", key_env=None)


def _vertex_client(
    vendor: Vendor, spec: ModelSpec, settings: ModelSettings, params: Mapping[str, Any]
) -> JsonClient:
    from evalkit.models.wire.google_token import google_token

    token = google_token(is_offline=settings.is_offline)
    client = vendor.client(spec, settings, params, token)
    token.keep_secret = client.keep_secret
    return client


def _prefix(name: str, params: Mapping[str, Any]) -> str:
    if "project" not in params:
        return name if name.startswith(("models/", "tunedModels/")) else f"models/{name}"
    publisher, _, model = name.rpartition("/")
    place = f"projects/{params['project']}/locations/{params['location']}"
    return f"{place}/publishers/{publisher or 'google'}/models/{model}"


class GeminiModel(HttpModel):
    """``generateContent``, with thoughts apart from the answer.

    Attributes:
        prefix: the model's path below the base URL.
        is_signed: whether the model refuses calls of tools that bear no signature.
    """

    prefix: str
    is_signed: bool = True

    def path_of(self, request: Request) -> str:
        return f"{self.prefix}:generateContent"

    def open_batches(self) -> GeminiBatches:
        """``--llm-batch``: batches of the Gemini API. Raises UsageError on Vertex AI."""
        from evalkit.models.batches.gemini import GeminiBatches

        if "project" in self.params:
            what = f"{self.spec.text}: batches on Vertex AI need Cloud Storage, which is not supported"
            raise UsageError(
                what, hint="ask the Gemini API (a key, and no project), or leave out the option batch"
            )
        return GeminiBatches(self, self.prefix)

    def streamed_path(self, request: Request) -> str:
        return f"{self.prefix}:streamGenerateContent?alt=sse"

    def streamed_body(self, body: dict[str, Any]) -> dict[str, Any]:
        return body

    def joiner(self) -> GeminiJoiner:
        return GeminiJoiner()

    def check_options(self, generate: GenerateParams, schema: ResponseSchema | None) -> None:
        reasoning = generate.reasoning
        if reasoning is None or reasoning.effort is None or not self.takes("reasoning_effort"):
            return
        if reasoning.effort not in _LEVELS:
            what = f"{self.spec.text} has no reasoning effort {reasoning.effort}"
            raise ModelError(what, kind="missing", hint=f"write one of {', '.join(_LEVELS)}")
        if reasoning.budget_tokens is not None:
            what = f"{self.spec.text} takes a reasoning effort or a budget, not both"
            raise ModelError(what, kind="missing", hint="leave one out")

    def body_of(self, request: Request) -> dict[str, Any]:
        if request.generate.reasoning is not None:
            self.check_options(request.generate, request.response_schema)
        system, contents = gemini_contents(request.messages, is_signed=self.is_signed)
        body: dict[str, Any] = {"contents": contents}
        if system is not None:
            body["systemInstruction"] = system
        if request.tools:
            body["tools"] = gemini_tools(request.tools)
        if request.tool_choice is not None:
            body["toolConfig"] = gemini_tool_config(request.tool_choice)
        body["generationConfig"] = self._generation(request)
        return body

    def _generation(self, request: Request) -> dict[str, Any]:
        found = {_NAMES[name]: value for name, value in self.sampling_of(request).items()}
        schema = request.response_schema
        if schema is not None:
            found["responseMimeType"] = "application/json"
            if schema.schema is not None:
                found["responseJsonSchema"] = schema.schema
        if thinking := self._thinking(request.generate.reasoning):
            found["thinkingConfig"] = thinking
        return found

    def _thinking(self, reasoning: Reasoning | None) -> dict[str, Any]:
        """A level or a budget; what was thought is asked for wherever something may be."""
        if reasoning is None:
            return {}
        if reasoning.effort is not None and self.takes("reasoning_effort"):
            return {"thinkingLevel": reasoning.effort.upper(), "includeThoughts": True}
        if reasoning.budget_tokens is not None and self.takes("reasoning_budget"):
            budget = reasoning.budget_tokens
            return {"thinkingBudget": budget, "includeThoughts": budget > 0}
        return {}

    def read(self, reply: HttpReply) -> Response:
        answer = reply.answer
        candidate = next(iter(answer.get("candidates") or ()), None)
        blocked = (answer.get("promptFeedback") or {}).get("blockReason")
        if candidate is None and blocked is None:
            raise ModelError("the server's answer holds no candidates", is_retryable=True)
        reason: str = str(blocked) if candidate is None else candidate["finishReason"]
        parts = ((candidate or {}).get("content") or {}).get("parts") or []
        calls = _tool_calls(parts)
        usage = answer.get("usageMetadata") or {}
        prompt_tokens = usage.get("promptTokenCount")
        completion_tokens = _completion_tokens(usage)
        return Response(
            "".join([part["text"] for part in parts if "text" in part and not part.get("thought")]),
            finish_reason=_finish_reason(reason, is_blocked=candidate is None, has_calls=bool(calls)),
            vendor_finish_reason=reason,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            tool_calls=calls or None,
            model_revision=answer.get("modelVersion"),
            cached_tokens=usage.get("cachedContentTokenCount"),
            reasoning_tokens=usage.get("thoughtsTokenCount"),
            reasoning="".join([part.get("text", "") for part in parts if part.get("thought")]) or None,
            request_id=answer.get("responseId"),
        )


def _finish_reason(reason: str, *, is_blocked: bool, has_calls: bool) -> str:
    """The vendor says that it stopped where it wants tools called, and why where it blocks a prompt."""
    if is_blocked or reason in _FILTERED:
        return "content_filter"
    return "tool_calls" if has_calls and reason == "STOP" else reason


def _completion_tokens(usage: Mapping[str, Any]) -> int | None:
    """With those of the thoughts, which the vendor counts apart; it leaves out a count of none."""
    if "candidatesTokenCount" not in usage and "thoughtsTokenCount" not in usage:
        return None
    return int((usage.get("candidatesTokenCount") or 0) + (usage.get("thoughtsTokenCount") or 0))


def _tool_calls(parts: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Calls in the form of chat completions, with the signature as Google's own chat completions have it.
    Older models give no ids: they are counted."""
    calls: list[dict[str, Any]] = []
    for part in parts:
        if "functionCall" not in part:
            continue
        function = part["functionCall"]
        arguments = orjson.dumps(function.get("args") or {}).decode()
        call: dict[str, Any] = {
            "id": function.get("id") or f"call_{len(calls)}",
            "type": "function",
            "function": {"name": function["name"], "arguments": arguments},
        }
        if signature := part.get("thoughtSignature"):
            call[EXTRA] = {"google": {"thought_signature": signature}}
        calls.append(call)
    return tuple(calls)
