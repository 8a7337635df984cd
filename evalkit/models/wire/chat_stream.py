"""Streams of chat completions and of bare completions, put together to the answer they stand for."""

from __future__ import annotations

from typing import Any

from evalkit.models.wire.http_model import cut_off

#: Texts of a message that come in pieces: some servers call thinking this, some that.
_TEXTS = ("content", "refusal", "reasoning_content", "reasoning")


class ChatJoiner:
    """Chunks of the first choice; usage comes in a last chunk without choices where it was asked for."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._texts: dict[str, list[str]] = {}
        self._calls: dict[int, dict[str, Any]] = {}
        self._text: list[str] | None = None
        self._finish_reason: str | None = None

    def add(self, event: Any) -> bool:
        """One chunk; whether it brought output."""
        self._head.update({key: value for key, value in event.items() if key != "choices"})
        has_output = False
        for choice in event.get("choices") or ():
            if choice.get("index", 0) != 0:
                continue
            self._finish_reason = choice.get("finish_reason") or self._finish_reason
            if "text" in choice:
                self._text = self._text or []
                self._text.append(choice["text"])
                has_output = has_output or bool(choice["text"])
            has_output = self._add_delta(choice.get("delta") or {}) or has_output
        return has_output

    def _add_delta(self, delta: dict[str, Any]) -> bool:
        pieces = {name: delta[name] for name in _TEXTS if isinstance(delta.get(name), str)}
        for name, piece in pieces.items():
            self._texts.setdefault(name, []).append(piece)
        calls = delta.get("tool_calls") or ()
        for call in calls:
            self._add_call(call)
        return any(pieces.values()) or bool(calls)

    def _add_call(self, piece: dict[str, Any]) -> None:
        """Arguments come in pieces, the rest once; a server that gives no index sends whole calls."""
        call = self._calls.setdefault(piece.get("index", len(self._calls)), {"function": {"arguments": ""}})
        inner = piece.get("function") or {}
        call["function"]["arguments"] += inner.get("arguments") or ""
        call["function"].update({key: inner[key] for key in inner if key != "arguments"})
        call.update(
            {key: value for key, value in piece.items() if key not in ("index", "function") and value}
        )

    def answer(self) -> dict[str, Any]:
        """The completion. Raises ModelError where no chunk ended it."""
        if self._finish_reason is None:
            raise cut_off()
        choice: dict[str, Any] = {"index": 0, "finish_reason": self._finish_reason}
        if self._text is not None:
            choice["text"] = "".join(self._text)
        message: dict[str, Any] = {name: "".join(pieces) for name, pieces in self._texts.items()}
        message.setdefault("content", None)
        if self._calls:
            message["content"] = message["content"] or None
            message["tool_calls"] = [self._calls[index] for index in sorted(self._calls)]
        return {**self._head, "choices": [{**choice, "message": message}]}
