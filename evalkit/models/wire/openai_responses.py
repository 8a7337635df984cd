"""OpenAI's Responses API: items in, items out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.response_schema import ResponseSchema
from evalkit.errors import ModelError
from evalkit.models.wire.error_body import error_of
from evalkit.models.wire.http import HttpReply
from evalkit.models.wire.http_model import cut_off
from evalkit.models.wire.openai_sampling import SwitchedModel
from evalkit.models.wire.responses_items import input_items, response_tool, response_tool_choice

#: Statuses of an answer that is whole, or was cut.
_ENDED = ("completed", "incomplete")
#: Events that carry the whole answer.
_LAST = ("response.completed", "response.incomplete", "response.failed")


class ResponsesJoiner:
    """The last event holds the whole answer; the others show when it began."""

    def __init__(self) -> None:
        self._answer: dict[str, Any] | None = None

    def add(self, event: Any) -> bool:
        """One event; whether it brought output. Raises ModelError on one that tells of an error."""
        kind = event["type"]
        if kind == "error":
            raise error_of(event)
        if kind in _LAST:
            self._answer = event["response"]
            if self._answer is not None and self._answer.get("error"):
                raise error_of(self._answer["error"])
        return bool(kind.endswith(".delta") and event.get("delta"))

    def answer(self) -> dict[str, Any]:
        """The response. Raises ModelError where no event ended it."""
        if self._answer is None:
            raise cut_off()
        return self._answer


class ResponsesModel(SwitchedModel):
    """Responses, nothing of them stored at the vendor's, with a summary of the reasoning where an effort is
    asked for."""

    def path_of(self, request: Request) -> str:
        return f"responses{self.query}"

    def joiner(self) -> ResponsesJoiner:
        return ResponsesJoiner()

    def body_of(self, request: Request) -> dict[str, Any]:
        self.check_options(request.generate, request.response_schema)
        sampling = self.sampling_of(request)
        body: dict[str, Any] = {
            "model": self.spec.name,
            "input": input_items(request.messages),
            "max_output_tokens": sampling.pop("max_tokens"),
            "store": False,
            **sampling,
        }
        if request.tools:
            body["tools"] = [response_tool(tool) for tool in request.tools]
        if request.tool_choice is not None:
            body["tool_choice"] = response_tool_choice(request.tool_choice)
        if request.response_schema is not None:
            body["text"] = {"format": _format(request.response_schema)}
        if reasoning := self._reasoning(request):
            body["reasoning"] = reasoning
        return body

    def _reasoning(self, request: Request) -> dict[str, Any]:
        reasoning = request.generate.reasoning
        if reasoning is None or reasoning.effort is None or not self.takes("reasoning_effort"):
            return {}
        is_shown = self.has_summary and reasoning.effort != "none"
        return {"effort": reasoning.effort, **({"summary": "auto"} if is_shown else {})}

    def read(self, reply: HttpReply) -> Response:
        answer = reply.answer
        status, items = answer["status"], answer["output"]
        if status not in _ENDED:
            raise ModelError(f"the server's answer is {status}", is_retryable=True)
        texts, refusals = _contents(items, "output_text", "text"), _contents(items, "refusal", "refusal")
        calls = [_tool_call(item) for item in items if item["type"] == "function_call"]
        reason = (answer.get("incomplete_details") or {}).get("reason") or status
        usage = answer.get("usage") or {}
        prompt_tokens, completion_tokens = usage.get("input_tokens"), usage.get("output_tokens")
        read, written = usage.get("input_tokens_details") or {}, usage.get("output_tokens_details") or {}
        finish_reason = reason
        if reason == "completed":
            finish_reason = "refusal" if refusals else "tool_calls" if calls else "stop"
        return Response(
            "".join(texts or refusals),
            finish_reason=finish_reason,
            vendor_finish_reason=reason,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            tool_calls=tuple(calls) or None,
            model_revision=answer.get("model"),
            cached_tokens=read.get("cached_tokens"),
            cache_write_tokens=read.get("cache_write_tokens"),
            reasoning_tokens=written.get("reasoning_tokens"),
            reasoning=_reasoning_text(items),
            request_id=answer.get("id"),
        )


def _format(schema: ResponseSchema) -> dict[str, Any]:
    written = schema.as_dict()
    return {"type": written["type"], **written.get("json_schema", {})}


def _contents(items: list[dict[str, Any]], kind: str, name: str) -> list[str]:
    """The texts of one kind in the messages."""
    messages = [item for item in items if item["type"] == "message"]
    return [part[name] for item in messages for part in item["content"] if part["type"] == kind]


def _reasoning_text(items: list[dict[str, Any]]) -> str | None:
    """The summary; of servers that show it, the thinking itself."""
    told = [item for item in items if item["type"] == "reasoning"]
    parts = [part["text"] for item in told for part in item.get("summary") or item.get("content") or ()]
    return "\n\n".join(parts) or None


def _tool_call(item: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": item["name"], "arguments": item["arguments"]}
    return {"id": item["call_id"], "type": "function", "function": function}
