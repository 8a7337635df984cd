"""LlamaIndex's engines as Models, the real ones with its fake models (``make frameworks``)."""

from __future__ import annotations

import asyncio
from typing import Any

from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.embeddings.mock_embed_model import MockEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.memory import ChatMemoryBuffer

from evalkit.core.response import Response
from evalkit.core.response_values import checked
from evalkit.models.python import model_of_callable
from tests.asking import ask

Settings.llm = MockLLM()  # says what it was asked
Settings.embed_model = MockEmbedding(embed_dim=4)


def respond(engine: Any, *texts: str) -> list[Response]:
    model = model_of_callable(engine, "python:app:engine")

    async def run() -> list[Response]:
        return await asyncio.gather(*(model.respond(ask(text)) for text in texts))

    return list(map(checked, asyncio.run(run())))


def test_a_query_engine_answers_with_the_passages_that_it_read() -> None:
    index = VectorStoreIndex.from_documents([Document(text="Paris is the capital of France.")])
    (found,) = respond(index.as_query_engine(), "What is the capital?")
    assert found.contexts == ("Paris is the capital of France.",)
    assert found.output


def test_a_chat_engine_begins_each_conversation_anew() -> None:
    memory = ChatMemoryBuffer.from_defaults(llm=Settings.llm)
    engine = SimpleChatEngine(Settings.llm, memory=memory, prefix_messages=[])
    first, second = respond(engine, "one", "two")
    assert "one" in str(first.output)
    assert "one" not in str(second.output)
    assert "two" in str(second.output)
