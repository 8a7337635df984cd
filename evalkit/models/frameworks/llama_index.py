"""LlamaIndex's engines: query engines, and chat engines one conversation at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


def asking_query_engine(engine: Any) -> Callable[..., Any]:
    """A function that puts the prompt to the engine."""

    async def ask(prompt: str) -> Any:
        return await engine.aquery(prompt)

    return ask


def asking_chat_engine(engine: Any) -> Callable[..., Any]:
    """A function that begins a conversation anew each time: the engine remembers one, so that a second one
    at the same time would stand in the first."""
    is_free = asyncio.Lock()

    async def ask(prompt: str) -> Any:
        async with is_free:
            engine.reset()
            return await engine.achat(prompt)

    return ask


def engine_fields(answer: Any) -> dict[str, Any]:
    """Fields of a Response: the text, and the passages that it was written from."""
    contexts = [node.get_content() for node in answer.source_nodes]
    return {"output": str(answer.response or ""), "contexts": contexts}
