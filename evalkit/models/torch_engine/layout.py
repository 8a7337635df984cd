"""From a request to tokens: bare text, or messages as the model's chat template lays them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.message import Message
from evalkit.core.request import Request
from evalkit.errors import ModelError
from evalkit.models.torch_engine.tool_calls import with_objects


def prompt_text(tokenizer: Any, request: Request, *, is_chat: bool) -> str:
    """What the answer follows. Raises ModelError where the template refuses the messages."""
    if not is_chat:
        return request.text
    messages = [_message(message) for message in request.messages]
    tools = _tools(request)
    try:
        return str(
            tokenizer.apply_chat_template(messages, tools=tools, add_generation_prompt=True, tokenize=False)
        )
    except Exception as error:  # of the template, which may raise what it likes
        lines = str(error).strip().splitlines() or [type(error).__name__]
        what = f"the model's chat template refuses these messages: {lines[0][:300]}"
        raise ModelError(
            what, hint="write the prompt in the form that the model was trained on, or use ?chat=0"
        ) from None


def prompt_tokens(tokenizer: Any, text: str, *, is_chat: bool) -> list[int]:
    """Of bare text with the special tokens that the tokenizer adds; a template brings its own."""
    tokens = list(tokenizer.encode(text, add_special_tokens=not is_chat))
    if tokens:
        return tokens
    first = tokenizer.bos_token_id
    first = tokenizer.eos_token_id if first is None else first
    if first is None:
        raise ModelError("the prompt has no tokens", hint="write a prompt")
    return [first]


def _tools(request: Request) -> list[dict[str, Any]] | None:
    """Raises ModelError where a call is required: nothing here could hold the model to it."""
    choice = request.tool_choice
    if not request.tools or choice == "none":
        return None
    if choice == "required" or isinstance(choice, Mapping):
        what = "a model in this process cannot be held to a call of a tool"
        raise ModelError(what, kind="missing", hint="use tool_choice: auto, or a server")
    return [dict(tool) for tool in request.tools]


def _message(message: Message) -> dict[str, Any]:
    made: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        made["tool_calls"] = with_objects(message.tool_calls)
    if message.tool_call_id is not None:
        made["tool_call_id"] = message.tool_call_id
    return made
