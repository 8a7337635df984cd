"""Events of ConverseStream, put together to the answer of Converse."""

from __future__ import annotations

from typing import Any

import orjson

from evalkit.models.wire.http_model import cut_off


class ConverseJoiner:
    """Blocks come by their index, each in pieces; usage comes after the end of the message."""

    def __init__(self) -> None:
        self._blocks: dict[int, dict[str, Any]] = {}
        self._end: dict[str, Any] = {}

    def add(self, event: Any) -> bool:
        """One event; whether it brought output."""
        ((kind, told),) = event.items()
        if kind == "contentBlockStart":
            use = told["start"].get("toolUse")
            if use is not None:
                self._blocks[told["contentBlockIndex"]] = {"toolUse": {**use, "input": ""}}
            return use is not None
        if kind == "contentBlockDelta":
            return self._add_delta(told["contentBlockIndex"], told["delta"])
        if kind in ("messageStop", "metadata"):
            self._end.update(told)
        return False

    def _add_delta(self, index: int, delta: dict[str, Any]) -> bool:
        if "text" in delta:
            block = self._blocks.setdefault(index, {"text": ""})
            block["text"] += delta["text"]
            return bool(delta["text"])
        if "toolUse" in delta:
            self._blocks[index]["toolUse"]["input"] += delta["toolUse"]["input"]
            return True
        thought = delta.get("reasoningContent")
        if thought is None:
            return False
        block = self._blocks.setdefault(index, {"reasoningContent": {"reasoningText": {"text": ""}}})
        block["reasoningContent"]["reasoningText"]["text"] += thought.get("text") or ""
        return bool(thought.get("text"))

    def answer(self) -> Any:
        """The whole answer. Raises ModelError where no event ended it."""
        if "stopReason" not in self._end:
            raise cut_off()
        blocks = [_whole(self._blocks[index]) for index in sorted(self._blocks)]
        return {**self._end, "output": {"message": {"role": "assistant", "content": blocks}}}


def _whole(block: dict[str, Any]) -> dict[str, Any]:
    use = block.get("toolUse")
    return block if use is None else {"toolUse": {**use, "input": _arguments(use["input"])}}


def _arguments(text: str) -> Any:
    """What a model wrote, which may be no JSON."""
    try:
        return orjson.loads(text or "{}")
    except ValueError:
        return text
