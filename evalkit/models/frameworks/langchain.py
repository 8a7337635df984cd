"""LangChain's runnables: chat models, chains, retrievers, agents, and graphs of LangGraph, which are such."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from evalkit.core.request import Request
from evalkit.errors import ModelError

#: Kind of a LangChain message -> role.
_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant"}
#: Where chains put their text, the first that is there.
_TEXT_KEYS = ("answer", "output", "result", "text", "response")
#: Keys of a chain that get the prompt where the row has no such field.
_PROMPT_KEYS = frozenset({"input", "question", "query", "prompt", "text"})


def asking_runnable(runnable: Any) -> Callable[..., Any]:
    """A function that asks it in the form that its input schema names: messages, one text, or a mapping that
    is filled from the Sample's row."""
    schema = _input_schema(runnable)
    keys = _keys(schema)
    if keys == ["messages"]:
        return _with_state(runnable)
    if len(keys) == 1:
        return _with_key(runnable, keys[0])
    if keys:
        return _with_row(runnable, keys)
    takes_messages = any(option.get("type") == "array" for option in schema.get("anyOf") or ())
    return _with_messages(runnable) if takes_messages else _with_text(runnable)


def _input_schema(runnable: Any) -> Mapping[str, Any]:
    """Its JSON Schema; of a TypedDict the keys alone, which pydantic refuses to read before Python 3.12."""
    kind: Any = None
    try:
        kind = runnable.InputType
        schema = runnable.get_input_jsonschema()
    except Exception:  # both are made from annotations of the user's own, of which not all can be told
        properties = dict.fromkeys(getattr(kind, "__annotations__", ()))
        return {"properties": properties, "required": sorted(getattr(kind, "__required_keys__", ()))}
    if "$ref" in schema:
        schema = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema  # type: ignore[no-any-return]


def _keys(schema: Mapping[str, Any]) -> list[str]:
    """Keys that must be given; ``root`` stands for anything at all."""
    properties = schema.get("properties") or {}
    if "messages" in properties:
        return ["messages"]
    required = schema.get("required") or ()
    return [] if list(properties) == ["root"] else [key for key in properties if key in required]


def _with_messages(model: Any) -> Callable[..., Any]:
    async def ask(
        messages: list[Any],
        tools: Any = None,
        tool_choice: Any = None,
        schema: Any = None,
        reasoning: Any = None,
    ) -> Any:
        if schema is not None or reasoning is not None:
            what = "a LangChain model takes its response_format and its reasoning where it is made"
            raise ModelError(what, kind="missing", hint="leave them out of the task")
        bound = model.bind_tools(tools, tool_choice=tool_choice) if tools else model
        return _told(await bound.ainvoke(messages))

    return ask


def _with_state(graph: Any) -> Callable[..., Any]:
    async def ask(messages: list[Any]) -> Any:
        return _told(await graph.ainvoke({"messages": messages}), len(messages))

    return ask


def _with_text(runnable: Any) -> Callable[..., Any]:
    async def ask(prompt: str) -> Any:
        return _told(await runnable.ainvoke(prompt))

    return ask


def _with_key(chain: Any, key: str) -> Callable[..., Any]:
    async def ask(prompt: str) -> Any:
        return _told(await chain.ainvoke({key: prompt}))

    return ask


def _with_row(chain: Any, keys: Sequence[str]) -> Callable[..., Any]:
    async def ask(request: Request) -> Any:
        row = request.sample.row
        missing = [key for key in keys if key not in row and key not in _PROMPT_KEYS]
        if missing:
            what = f"the chain takes {missing[0]!r}, which the rows do not have"
            raise ModelError(what, hint="add the column, or name a function that fills it")
        return _told(await chain.ainvoke({key: row.get(key, request.text) for key in keys}))

    return ask


def _told(answer: Any, n_given: int = 0) -> Any:
    """The fields of a Response, or the answer itself where it has none: a text, or what cannot be read."""
    found = fields_of(answer, n_given)
    return answer if found is None else found


def fields_of(answer: Any, n_given: int = 0) -> dict[str, Any] | None:
    """Fields of a Response out of a message, a list of documents, or the mapping that a chain ends with.

    Args:
        n_given: messages at the beginning of a graph's state that it was given.
    """
    if isinstance(answer, list):
        return _documents(answer)
    if not isinstance(answer, dict):
        return _message_fields(answer) if hasattr(answer, "content") else None
    if messages := answer.get("messages"):
        made = messages[n_given:]
        calls = [call for message in made for call in _calls(message)]
        whole = _message_fields(messages[-1])
        return {**whole, "trajectory": tuple(map(_step, made)), "tool_calls": calls or None}
    told = next((answer[key] for key in _TEXT_KEYS if key in answer), None)
    found: dict[str, Any] | None = {"output": told} if isinstance(told, str) else fields_of(told)
    context = answer.get("context", answer.get("source_documents"))
    if found is not None and isinstance(context, list):
        found["contexts"] = [document.page_content for document in context]
    return found


def _documents(documents: list[Any]) -> dict[str, Any] | None:
    if not all(hasattr(each, "page_content") for each in documents):
        return None  # of something else
    texts = [each.page_content for each in documents]
    return {"output": "\n\n".join(texts), "contexts": texts}


def _message_fields(message: Any) -> dict[str, Any]:
    told: Mapping[str, Any] = getattr(message, "response_metadata", None) or {}
    usage: Mapping[str, Any] = getattr(message, "usage_metadata", None) or {}
    read, written = usage.get("input_token_details") or {}, usage.get("output_token_details") or {}
    reason = next((told[key] for key in ("finish_reason", "stop_reason", "done_reason") if key in told), None)
    return {
        "output": _text(message.content, "text"),
        "reasoning": _reasoning(message) or None,
        "tool_calls": _calls(message) or None,
        "finish_reason": reason,
        "vendor_finish_reason": reason,
        "prompt_tokens": usage.get("input_tokens"),
        "completion_tokens": usage.get("output_tokens"),
        "cached_tokens": read.get("cache_read"),
        "cache_write_tokens": read.get("cache_creation"),
        "reasoning_tokens": written.get("reasoning"),
        "model_revision": told.get("model_name") or told.get("model"),
        "request_id": told.get("id"),
    }


def _text(content: Any, *kinds: str) -> str:
    """Of a content that is a text, or of its blocks of these kinds, each under its own name."""
    if isinstance(content, str):
        return content if "text" in kinds else ""
    blocks = [{"type": "text", "text": each} if isinstance(each, str) else each for each in content]
    return "".join([str(each.get(each["type"]) or "") for each in blocks if each.get("type") in kinds])


def _reasoning(message: Any) -> str:
    beside = (getattr(message, "additional_kwargs", None) or {}).get("reasoning_content")
    return beside if isinstance(beside, str) else _text(message.content, "thinking", "reasoning")


def _calls(message: Any) -> list[dict[str, Any]]:
    """In the form of chat completions; those with arguments that are not JSON too, as they were written."""
    whole = [
        (call, orjson.dumps(call["args"]).decode()) for call in getattr(message, "tool_calls", None) or ()
    ]
    broken = [(call, call["args"]) for call in getattr(message, "invalid_tool_calls", None) or ()]
    return [
        {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": arguments}}
        for call, arguments in (*whole, *broken)
    ]


def _step(message: Any) -> dict[str, Any]:
    step = {"role": _ROLES.get(message.type, message.type), "content": _text(message.content, "text")}
    if calls := _calls(message):
        step["tool_calls"] = calls
    if call_id := getattr(message, "tool_call_id", None):
        step["tool_call_id"] = call_id
    return step
