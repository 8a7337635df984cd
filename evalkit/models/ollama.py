"""``ollama/NAME``: Ollama's own protocol, whose answers say how long they waited and what answered."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from evalkit.core.message import Message
from evalkit.core.needs import Need
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.spec_price import spec_price
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.spec_params import count
from evalkit.models.wire.chat_completions import chat_options
from evalkit.models.wire.events import json_lines
from evalkit.models.wire.http import HttpReply, JsonClient, is_loopback
from evalkit.models.wire.http_model import HttpModel, Vendor, cut_off

if TYPE_CHECKING:
    from aiohttp import ClientResponse

_CARRIES: frozenset[Need] = frozenset({"image", "tools", "response_format", "reasoning_effort"})

#: Our name of a parameter -> that in ``options``.
_OPTIONS = {"max_tokens": "num_predict"}
_NS = 1e9


def _duration(text: str) -> float | str:
    """Seconds, or a duration in Go's words (``5m``), which are checked by the server."""
    try:
        return float(text)
    except ValueError:
        return text


VENDOR = Vendor(
    "ollama",
    "http://127.0.0.1:11434",
    params={"num_ctx": count, "keep_alive": _duration},
    carries=_CARRIES,
)


def open_model(spec: ModelSpec, settings: ModelSettings) -> OllamaModel:
    """``?num_ctx=`` is the context in tokens, ``?keep_alive=`` how long the weights stay loaded."""
    params = VENDOR.read(spec)
    return OllamaModel(spec, VENDOR.client(spec, settings, params), VENDOR, params)


class OllamaModel(HttpModel):
    """``/api/chat``. The revision is the digest of what the name points to now."""

    def __init__(
        self, spec: ModelSpec, client: JsonClient, vendor: Vendor, params: Mapping[str, Any]
    ) -> None:
        super().__init__(spec, client, vendor, params)
        self.is_free = is_loopback(urlsplit(self.base_url).hostname or "") and spec_price(spec) is None

    async def start(self) -> None:
        """Ask what the name points to, unless the spec says so. Raises ModelSpecError where nobody is there:
        without the digest another model could be taken for this one in the cache."""
        if self.revision is not None:
            return
        try:
            listed = await self.client.get("api/tags")
        except ModelError as error:
            if error.kind == "missing":
                return
            hint = "start it with 'ollama serve', or name what answers: ?revision=…"
            raise ModelSpecError(f"{self.spec.text}: {error.what}", hint=hint) from None
        self.revision = _digest(listed, self.spec.name)
        assert self.cache_identity is not None
        self.cache_identity = {**self.cache_identity, "revision": self.revision}

    def path_of(self, request: Request) -> str:
        return "api/chat"

    def body_of(self, request: Request) -> dict[str, Any]:
        if request.tool_choice not in (None, "auto"):
            what = f"{self.spec.text} has no tool_choice but auto"
            raise ModelError(what, kind="missing", hint="leave it out, or use another model")
        sampling = self.sampling_of(request)
        options = {_OPTIONS.get(name, name): value for name, value in sampling.items()}
        own = {name: self.params[name] for name in VENDOR.params if name in self.params}
        if "num_ctx" in own:
            options["num_ctx"] = own.pop("num_ctx")
        names = _names_of_calls(request.messages)
        messages = [_message(message, names) for message in request.messages]
        body = {"model": self.spec.name, "messages": messages, "options": options, "stream": False, **own}
        if request.tools:
            body["tools"] = request.tools
        if request.response_schema is not None:
            body["format"] = request.response_schema.schema or "json"
        effort = chat_options(request).get("reasoning_effort")
        if effort is not None and self.takes("reasoning_effort"):
            body["think"] = False if effort == "none" else effort
        return body

    def events_of(self, response: ClientResponse) -> AsyncIterator[bytes]:
        return json_lines(response)

    def joiner(self) -> OllamaJoiner:
        return OllamaJoiner()

    def read(self, reply: HttpReply) -> Response:
        answer = reply.answer
        message, reason = answer["message"], answer.get("done_reason")
        calls = tuple(_call(call, index) for index, call in enumerate(message.get("tool_calls") or ()))
        waited_ns, total_ns = answer.get("load_duration"), answer.get("total_duration")
        is_timed = waited_ns is not None and total_ns is not None
        return Response(
            message.get("content") or "",
            # The server says "stop" of calls too.
            finish_reason="tool_calls" if calls and reason == "stop" else reason,
            vendor_finish_reason=reason,
            prompt_tokens=answer.get("prompt_eval_count"),
            completion_tokens=answer.get("eval_count"),
            latency_s=(total_ns - waited_ns) / _NS if is_timed else None,
            queue_s=waited_ns / _NS if is_timed else None,
            tool_calls=calls or None,
            model_revision=self.revision,
            reasoning=message.get("thinking") or None,
            cost_usd=0.0 if self.is_free else None,
        )


class OllamaJoiner:
    """Lines that each bring some of the message; the last one brings the counts."""

    def __init__(self) -> None:
        self._last: Any = None
        self._texts: dict[str, list[str]] = {"content": [], "thinking": []}
        self._calls: list[Any] = []

    def add(self, event: Any) -> bool:
        """One line; whether it brought output."""
        self._last, message = event, event.get("message") or {}
        pieces = {name: message.get(name) or "" for name in self._texts}
        for name, piece in pieces.items():
            self._texts[name].append(piece)
        calls = message.get("tool_calls") or []
        self._calls += calls
        return any(pieces.values()) or bool(calls)

    def answer(self) -> Any:
        """The whole answer. Raises ModelError where no line ended it."""
        if self._last is None or not self._last.get("done"):
            raise cut_off()
        message = {name: "".join(pieces) for name, pieces in self._texts.items()}
        return {**self._last, "message": {**message, "tool_calls": self._calls}}


def _digest(listed: Any, name: str) -> str | None:
    """Of the model that ``name`` means; a name without a tag means ``latest``."""
    wanted = name if ":" in name.rpartition("/")[2] else f"{name}:latest"
    models = listed.get("models") if isinstance(listed, dict) else None
    for model in models if isinstance(models, list) else ():
        if isinstance(model, dict) and wanted in (model.get("model"), model.get("name")):
            digest = model.get("digest")
            return digest if isinstance(digest, str) else None
    return None


def _names_of_calls(messages: tuple[Message, ...]) -> dict[str, str]:
    """Id of a call -> the tool: what a tool says is told by its name here."""
    return {call["id"]: call["function"]["name"] for each in messages for call in each.tool_calls}


def _message(message: Message, names: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.is_text:
        return made
    if message.media:
        made["images"] = [b64encode(media.data).decode("ascii") for media in message.media]
    if message.tool_calls:
        made["tool_calls"] = [_sent_call(call) for call in message.tool_calls]
    if (name := names.get(message.tool_call_id or "")) is not None:
        made["tool_name"] = name
    return made


def _sent_call(call: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as an object. Raises ModelError where they are none."""
    function = call["function"]
    try:
        arguments = orjson.loads(function["arguments"] or "{}")
    except ValueError:
        raise ModelError(f"the arguments of {function['name']} are not JSON") from None
    return {"function": {"name": function["name"], "arguments": arguments}}


def _call(call: Mapping[str, Any], index: int) -> dict[str, Any]:
    """As chat completions have it; older servers give a call no id."""
    function = call["function"]
    arguments = orjson.dumps(function.get("arguments") or {}).decode()
    made = {"name": function["name"], "arguments": arguments}
    return {"id": call.get("id") or f"call_{index}", "type": "function", "function": made}
