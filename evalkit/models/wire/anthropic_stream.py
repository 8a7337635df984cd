"""Streams of Anthropic's Messages API, put together to the message they stand for."""

from __future__ import annotations

from typing import Any

import orjson

from evalkit.models.wire.http_model import cut_off

#: Kind of a delta -> the field of its block that it makes longer.
_GROWING = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


class AnthropicJoiner:
    """A message begins without content; its blocks come one by one, each in pieces."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._pieces: dict[int, list[str]] = {}
        self._is_over = False

    def add(self, event: Any) -> bool:
        """One event; whether it brought output."""
        kind = event["type"]
        if kind == "content_block_delta":
            return self._add_delta(event["index"], event["delta"])
        if kind == "content_block_start":
            self._blocks[event["index"]] = dict(event["content_block"])
            return bool(event["content_block"]["type"] == "tool_use")
        if kind == "message_start":
            self._message = dict(event["message"])
        elif kind == "message_delta":
            self._message.update(event["delta"])
            # Counters of the last event are of the whole message; those it leaves out stay.
            told = {key: value for key, value in (event.get("usage") or {}).items() if value is not None}
            self._message["usage"] = {**(self._message.get("usage") or {}), **told}
        elif kind == "message_stop":
            self._is_over = True
        return False

    def _add_delta(self, index: int, delta: dict[str, Any]) -> bool:
        kind, block = delta["type"], self._blocks[index]
        if kind == "input_json_delta":
            self._pieces.setdefault(index, []).append(delta["partial_json"])
            return bool(delta["partial_json"])
        if kind not in _GROWING:
            return False
        name = _GROWING[kind]
        block[name] = (block.get(name) or "") + delta[name]
        return kind != "signature_delta" and bool(delta[name])

    def answer(self) -> dict[str, Any]:
        """The message. Raises ModelError where no event ended it."""
        if not self._is_over:
            raise cut_off()
        for index, pieces in self._pieces.items():
            if text := "".join(pieces):
                self._blocks[index]["input"] = _arguments(text)
        return {**self._message, "content": [self._blocks[index] for index in sorted(self._blocks)]}


def _arguments(text: str) -> Any:
    """The object; of a call that was cut within its arguments the text that there is."""
    try:
        return orjson.loads(text)
    except ValueError:
        return text
