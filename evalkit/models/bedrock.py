"""``bedrock/MODEL``: Amazon Bedrock's Converse, signed with the credentials of this machine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from evalkit.core.needs import EVERYTHING
from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.response_schema import ResponseSchema
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError
from evalkit.models.model import ModelSettings
from evalkit.models.wire.aws import aws_client, endpoint, region_of, require_botocore
from evalkit.models.wire.converse import converse_format, converse_messages, converse_tools
from evalkit.models.wire.converse_stream import ConverseJoiner
from evalkit.models.wire.event_stream import frames
from evalkit.models.wire.http import HttpReply
from evalkit.models.wire.http_model import HttpModel, Vendor
from evalkit.models.wire.sigv4 import Scope

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from evalkit.models.batches.bedrock import BedrockBatches

#: A key of Bedrock alone, which takes the place of a signature.
_BEARER = "AWS_BEARER_TOKEN_BEDROCK"


def _guardrail(text: str) -> str:
    """``ID:VERSION``."""
    name, _, version = text.rpartition(":")
    if not name or not version:
        raise ValueError("write ID:VERSION")
    return text


VENDOR = Vendor(
    "bedrock",
    endpoint("bedrock-runtime", "REGION"),
    params={"region": str, "guardrail": _guardrail},
    carries=EVERYTHING - {"ranked_parts"},
    lacks=frozenset({"seed"}),
    extra="bedrock",
    batches=True,
)
_EFFORTS = ("low", "medium", "high", "xhigh", "max")


def open_model(spec: ModelSpec, settings: ModelSettings) -> BedrockModel:
    """``?region=`` before ``AWS_REGION``; ``?guardrail=ID:VERSION`` is put before and behind the model."""
    require_botocore()
    params = VENDOR.read(spec)
    region = region_of(spec, params)
    vendor = replace(VENDOR, base_url=endpoint("bedrock-runtime", region))
    if os.environ.get(_BEARER):
        vendor = replace(vendor, key_env=_BEARER)
    if not _is_claude(spec.name):
        vendor = replace(vendor, carries=vendor.carries - {"reasoning_budget"})
    client = aws_client(vendor, spec, settings, params, Scope(region, "bedrock"))
    model = BedrockModel(spec, client, vendor, params)
    model.region, model.is_offline = region, settings.is_offline
    return model


class BedrockModel(HttpModel):
    """Converse, or ConverseStream.

    Attributes:
        region: of AWS.
        is_offline: whether other machines are refused.
    """

    region: str
    is_offline: bool = False

    def open_batches(self) -> BedrockBatches:
        """``--llm-batch``: jobs over files in S3. Raises UsageError where bucket or role are not named."""
        from evalkit.models.batches.bedrock import BedrockBatches

        return BedrockBatches(self, self.region, is_offline=self.is_offline)

    def check_options(self, generate: GenerateParams, schema: ResponseSchema | None) -> None:
        if schema is not None and schema.schema is None:
            what = f"{self.spec.text} has no JSON object of any kind"
            raise ModelError(what, kind="missing", hint="write the JSON Schema of the answer")
        effort = generate.reasoning.effort if generate.reasoning is not None else None
        if effort is not None and effort not in _EFFORTS and self.takes("reasoning_effort"):
            what = f"{self.spec.text} has no reasoning effort {effort}"
            raise ModelError(what, kind="missing", hint=f"write one of {', '.join(_EFFORTS)}")

    def path_of(self, request: Request) -> str:
        return f"model/{quote(self.spec.name, safe='')}/converse"

    def streamed_path(self, request: Request) -> str:
        return f"{self.path_of(request)}-stream"

    def streamed_body(self, body: dict[str, Any]) -> dict[str, Any]:
        """The path says it."""
        return body

    async def events_of(self, response: ClientResponse) -> AsyncIterator[bytes]:
        async for frame in frames(response):
            is_error = frame.kind == "error"
            yield frame.payload if is_error else b'{"%s":%s}' % (frame.kind.encode(), frame.payload)

    def joiner(self) -> ConverseJoiner:
        return ConverseJoiner()

    def body_of(self, request: Request) -> dict[str, Any]:
        self.check_options(request.generate, request.response_schema)
        system, messages = converse_messages(request.messages)
        reasoning = request.generate.reasoning or Reasoning()
        body: dict[str, Any] = {"messages": messages, "inferenceConfig": self._inference(request)}
        if system:
            body["system"] = system
        if request.tools:
            body["toolConfig"] = converse_tools(request.tools, request.tool_choice)
        output: dict[str, Any] = {}
        if request.response_schema is not None:
            output["textFormat"] = converse_format(request.response_schema)
        if reasoning.effort is not None and self.takes("reasoning_effort"):
            output["effort"] = reasoning.effort
        if output:
            body["outputConfig"] = output
        if reasoning.budget_tokens is not None and self.takes("reasoning_budget"):
            body["additionalModelRequestFields"] = {"thinking": _thinking(reasoning.budget_tokens)}
        if "guardrail" in self.params:
            name, _, version = self.params["guardrail"].rpartition(":")
            body["guardrailConfig"] = {"guardrailIdentifier": name, "guardrailVersion": version}
        return body

    def _inference(self, request: Request) -> dict[str, Any]:
        words = {"max_tokens": "maxTokens", "top_p": "topP", "stop": "stopSequences"}
        sampling = self.sampling_of(request)
        reasoning = request.generate.reasoning
        thinks = reasoning is not None and reasoning.budget_tokens and self.takes("reasoning_budget")
        if thinks and not self.temperature_of(request.generate)[1]:
            del sampling["temperature"]  # who thinks has one of its own
        return {words.get(name, name): value for name, value in sampling.items()}

    def read(self, reply: HttpReply) -> Response:
        answer = reply.answer
        blocks, reason, usage = answer["output"]["message"]["content"], answer["stopReason"], answer["usage"]
        router = (answer.get("trace") or {}).get("promptRouter") or {}
        return Response(
            "".join(map(_text, blocks)),
            finish_reason=reason,
            vendor_finish_reason=reason,
            prompt_tokens=_prompt_tokens(usage),
            completion_tokens=usage.get("outputTokens"),
            tool_calls=tuple(_call(block["toolUse"]) for block in blocks if "toolUse" in block) or None,
            # Names are of one version, unless a router chooses among several.
            model_revision=router.get("invokedModelId") or self.revision or self.spec.name,
            cached_tokens=usage.get("cacheReadInputTokens"),
            cache_write_tokens=usage.get("cacheWriteInputTokens"),
            reasoning="\n\n".join(filter(None, map(_thought, blocks))) or None,
            request_id=reply.headers.get("x-amzn-RequestId"),
        )


def _is_claude(name: str) -> bool:
    """Or what may be one: a name of an inference profile says nothing."""
    return "anthropic" in name or name.startswith("arn:")


def _thinking(budget: int) -> dict[str, Any]:
    return {"type": "enabled", "budget_tokens": budget} if budget else {"type": "disabled"}


def _prompt_tokens(usage: Mapping[str, Any]) -> int | None:
    """All of them: what was read from a cache, and written to it, is counted apart."""
    counted = usage.get("inputTokens")
    if counted is None:
        return None
    return int(
        counted + sum(usage.get(name) or 0 for name in ("cacheReadInputTokens", "cacheWriteInputTokens"))
    )


def _text(block: Mapping[str, Any]) -> str:
    """Of a text, or of one that cites."""
    cited = (block.get("citationsContent") or {}).get("content") or ()
    return block.get("text") or "".join([each.get("text") or "" for each in cited])


def _thought(block: Mapping[str, Any]) -> str | None:
    shown = (block.get("reasoningContent") or {}).get("reasoningText") or {}
    return shown.get("text")


def _call(use: Mapping[str, Any]) -> dict[str, Any]:
    """As chat completions have it."""
    given = use["input"]
    arguments = given if isinstance(given, str) else orjson.dumps(given).decode()
    function = {"name": use["name"], "arguments": arguments}
    return {"id": use["toolUseId"], "type": "function", "function": function}
