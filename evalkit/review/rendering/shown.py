"""Messages, Responses and targets as the page draws them.

``Shown`` is ``{"messages": [{"role", "parts", "is_folded"}]}``. A part has a ``type``:

- ``text``: ``text``; ``blocks`` is its Markdown (``rendering.markdown``), None where it is shown as written
- ``code``: ``text``
- ``json``: ``text`` as it was written, ``pretty`` in lines
- ``image``: ``url``, ``alt``; ``audio`` and ``file``: ``url``, ``name``
- ``tool_call``: ``name``, ``arguments`` (a part)

Hidden characters are shown by number in every text. Nothing of it names a Model, a prompt's label or a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.core.message import MediaPart, Message, Part
from evalkit.core.response import Response
from evalkit.core.text import text_of, visible
from evalkit.review.rendering.kinds import TextKind, kind_of, pretty_json
from evalkit.review.rendering.markdown import markdown_tree

Shown = dict[str, Any]

#: What all samples share, and what stands beside the answer, is one step away.
_FOLDED = frozenset({"system", "developer", "contexts"})


def shown_text(text: str, role: str = "text", kind: TextKind | None = None) -> Shown:
    """One text as one message; ``kind`` is guessed where it is None."""
    return {"messages": [_message(role, [_text(text, kind)])]}


def shown_messages(messages: Sequence[Message]) -> Shown:
    """A conversation, calls of tools and media included."""
    return {"messages": [_of_message(message) for message in messages]}


def shown_response(response: Response, kind: TextKind | None = None) -> Shown:
    """An answer: what the application did on the way, passages that it found, then its output; an error in
    place of an output."""
    steps = response.trajectory or ()
    found = [_of_message(step) for step in steps]
    if response.contexts:
        found.append(_message("contexts", [_text(each, None) for each in response.contexts]))
    if response.tool_calls and not any(step.tool_calls for step in steps):
        found.append(_message("assistant", [_call(call) for call in response.tool_calls]))
    is_said = any(step.role == "assistant" and step.content == response.output for step in steps[-1:])
    if response.output is not None and not is_said:
        found.append(_message("assistant", [_text(response.output, kind)]))
    if response.error is not None:
        found.append(_message("error", [_text(response.error, "text")]))
    return {"messages": found}


def shown_target(target: Any) -> Shown | None:
    """What a dataset says is right: of a list each text by itself, of other values JSON; None of none."""
    if target is None or target == "" or target == []:
        return None
    if isinstance(target, list | tuple) and all(isinstance(each, str) for each in target):
        return {"messages": [_message("target", [_text(each, None) for each in target])]}
    return shown_text(text_of(target), "target")


def _of_message(message: Message) -> dict[str, Any]:
    parts = [_part(part) for part in message.parts] if message.parts else []
    if not parts and message.content:
        parts = [_text(message.content, None)]
    return _message(message.role, [*parts, *map(_call, message.tool_calls)])


def _message(role: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"role": visible(role), "parts": parts, "is_folded": role in _FOLDED}


def _part(part: Part) -> dict[str, Any]:
    return _media(part) if isinstance(part, MediaPart) else _text(part.text, None)


def _media(part: MediaPart) -> dict[str, Any]:
    url = f"/media/{part.media.sha256}"
    name = visible(part.media.name or part.media.media_type)
    if part.kind == "image":
        return {"type": "image", "url": url, "alt": f"image {name}"}
    return {"type": part.kind, "url": url, "name": name}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call as chat completions write it, or as an application gave it."""
    inner = call.get("function")
    function: Mapping[str, Any] = inner if isinstance(inner, Mapping) else call
    arguments = function.get("arguments", function.get("args", {}))
    name = text_of(function.get("name") or "tool")
    return {"type": "tool_call", "name": visible(name), "arguments": _text(text_of(arguments), None)}


def _text(text: str, kind: TextKind | None) -> dict[str, Any]:
    kind = kind or kind_of(text)
    shown = visible(text)
    if kind == "json" and (pretty := pretty_json(text)) is not None:
        return {"type": "json", "text": shown, "pretty": visible(pretty)}
    if kind == "code":
        return {"type": "code", "text": shown}
    return {"type": "text", "text": shown, "blocks": markdown_tree(shown) if kind == "markdown" else None}
