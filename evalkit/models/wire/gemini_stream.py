"""Streams of Gemini's API, put together to the answer they stand for."""

from __future__ import annotations

from typing import Any

from evalkit.models.wire.http_model import cut_off


class GeminiJoiner:
    """Each event has the form of a whole answer and brings the next parts of its first candidate."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._candidate: dict[str, Any] = {}
        self._parts: list[Any] = []

    def add(self, event: Any) -> bool:
        """One event; whether it brought output."""
        self._head.update({key: value for key, value in event.items() if key != "candidates"})
        has_output = False
        for candidate in event.get("candidates") or ():
            if candidate.get("index", 0) != 0:
                continue
            self._candidate.update({key: value for key, value in candidate.items() if key != "content"})
            parts = (candidate.get("content") or {}).get("parts") or ()
            self._parts += parts
            has_output = any(part.get("text") or "functionCall" in part for part in parts) or has_output
        return has_output

    def answer(self) -> dict[str, Any]:
        """The answer. Raises ModelError where no event ended it."""
        if "finishReason" not in self._candidate and not self._head.get("promptFeedback"):
            raise cut_off()
        if not self._candidate:
            return self._head
        candidate = {**self._candidate, "content": {"role": "model", "parts": self._parts}}
        return {**self._head, "candidates": [candidate]}
