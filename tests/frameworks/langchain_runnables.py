"""LangChain's runnables as Models, with no code of the user's own."""

from __future__ import annotations

import asyncio
import sys
from types import ModuleType
from typing import Any, TypedDict

import pytest
import typing_extensions
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough

from evalkit.core.reasoning import Reasoning
from evalkit.core.request import GenerateParams, Request
from evalkit.core.response import Response
from evalkit.core.response_values import checked
from evalkit.core.sample import Sample
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from evalkit.models.python import model_of_callable
from tests.asking import ask
from tests.wire.requests import CALL, IMAGE_BASE64, REQUESTS, TOOLS

SAID = AIMessage(
    [
        {"type": "reasoning", "reasoning": "Let me see."},
        {"type": "text", "text": "Hello"},
        " there",
    ],
    tool_calls=[{"name": "weather", "args": {"city": "Paris"}, "id": "c1"}],
    usage_metadata={
        "input_tokens": 8,
        "output_tokens": 5,
        "total_tokens": 13,
        "input_token_details": {"cache_read": 4, "cache_creation": 1},
        "output_token_details": {"reasoning": 2},
    },
    response_metadata={"finish_reason": "stop", "model_name": "served-1", "id": "r1"},
)


class Recorder(GenericFakeChatModel):  # type: ignore[misc]
    """LangChain's fake model; keeps what it was asked."""

    asked: list[Any] = []  # noqa: RUF012 - a field of pydantic, copied for each
    bound: list[Any] = []  # noqa: RUF012

    def _generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> Any:
        self.asked.append(messages)
        return super()._generate(messages, *args, **kwargs)

    def bind_tools(self, tools: Any, *, tool_choice: Any = None, **kwargs: Any) -> Runnable[Any, Any]:
        self.bound.append((tools, tool_choice))
        return self


def saying(message: AIMessage | str = SAID) -> Recorder:
    return Recorder(messages=iter([message]))


def respond(runnable: Any, request: Request | None = None) -> Response:
    model = model_of_callable(runnable, "python:app:chain")
    return checked(asyncio.run(model.respond(request or ask("What is the capital?"))))


def of_row(**row: Any) -> Request:
    return Request(ask("Why?").messages, GenerateParams(), Sample("1", "Why?", row=row))


def test_every_column_of_a_message_is_filled() -> None:
    found = respond(saying())
    assert (found.output, found.reasoning, found.tool_calls) == ("Hello there", "Let me see.", (CALL,))
    assert (found.prompt_tokens, found.completion_tokens, found.reasoning_tokens) == (8, 5, 2)
    assert (found.cached_tokens, found.cache_write_tokens) == (4, 1)
    assert (found.finish_reason, found.model_revision, found.request_id) == ("stop", "served-1", "r1")


def test_a_chat_model_gets_messages_with_images_calls_and_results() -> None:
    model = saying()
    respond(model, REQUESTS["tool_result"])
    assert [message.type for message in model.asked[0]] == ["human", "ai", "tool"]
    assert model.asked[0][1].tool_calls[0]["args"] == {"city": "Paris"}
    seeing = saying()
    respond(seeing, REQUESTS["image"])
    assert IMAGE_BASE64 in str(seeing.asked[0][0].content)


def test_tools_of_the_task_are_bound_to_a_chat_model() -> None:
    model = saying()
    respond(model, REQUESTS["tools"])
    assert model.bound == [(list(TOOLS), {"type": "function", "function": {"name": "weather"}})]


@pytest.mark.parametrize(
    "request_", [REQUESTS["schema"], ask(generate=GenerateParams(reasoning=Reasoning("low")))]
)
def test_what_a_chat_model_takes_where_it_is_made_is_refused(request_: Request) -> None:
    with pytest.raises(ModelError, match="takes its response_format and its reasoning where it is made"):
        respond(saying(), request_)


def test_a_chain_of_one_variable_gets_the_prompt() -> None:
    model = saying("Paris")
    chain = ChatPromptTemplate.from_messages([("human", "Q: {question}")]) | model | StrOutputParser()
    assert respond(chain).output == "Paris"
    assert model.asked[0][0].content == "Q: What is the capital?"


def test_a_chain_of_several_variables_gets_them_from_the_row() -> None:
    model = saying("ok")
    respond(PromptTemplate.from_template("{question} in {place}") | model, of_row(place="Paris"))
    assert model.asked[0][0].content == "Why? in Paris"


def test_a_variable_that_the_rows_lack_is_an_error() -> None:
    chain = PromptTemplate.from_template("{question} in {place}") | saying("ok")
    with pytest.raises(ModelError, match="'place', which the rows do not have"):
        respond(chain, of_row())


def test_passages_that_a_chain_retrieved_are_contexts() -> None:
    documents: Any = RunnableLambda(lambda text: [Document(f"about {text}")])
    answer: Any = RunnableLambda(lambda state: "Paris")
    chain = {"context": documents, "question": RunnablePassthrough()} | RunnablePassthrough.assign(
        answer=answer
    )
    found = respond(chain)
    assert (found.output, found.contexts) == ("Paris", ("about What is the capital?",))


def test_a_retriever_answers_with_its_passages() -> None:
    class Library(BaseRetriever):  # type: ignore[misc]
        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
            return [Document("one"), Document("two")]

    assert respond(Library()).contexts == ("one", "two")


class State(TypedDict):
    messages: list[Any]


class ReadableState(typing_extensions.TypedDict):
    messages: list[Any]


@pytest.mark.parametrize("kind", [State, ReadableState])
def test_an_agent_shows_what_it_did(kind: Any) -> None:
    def run(state: dict[str, Any]) -> dict[str, Any]:
        return {"messages": [*state["messages"], SAID, AIMessage("Sunny.")]}

    found = respond(RunnableLambda(run).with_types(input_type=kind))
    assert (found.output, found.tool_calls) == ("Sunny.", (CALL,))
    assert found.trajectory is not None
    assert [step.role for step in found.trajectory] == ["assistant", "assistant"]


def test_calls_that_cannot_be_read_stay_as_they_were_written() -> None:
    broken = AIMessage("", invalid_tool_calls=[{"name": "w", "args": "{oops", "id": "c", "error": "no"}])
    found = respond(saying(broken))
    assert found.tool_calls is not None
    assert found.tool_calls[0]["function"]["arguments"] == "{oops"


def test_a_function_of_ones_own_may_return_a_message() -> None:
    def app(text: str) -> AIMessage:
        return SAID

    assert respond(app).completion_tokens == 5


def test_what_a_chain_raises_is_an_error_of_the_sample() -> None:
    def fail(text: str) -> str:
        raise KeyError("gone")

    with pytest.raises(ModelError, match="KeyError"):
        respond(RunnableLambda(fail))


def test_a_runnable_is_named_like_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("chain_app")
    module.chain, module.nothing = saying(), 7
    monkeypatch.setitem(sys.modules, "chain_app", module)
    model = open_model(ModelSpec.parse("python:chain_app:chain"), ModelSettings())
    assert asyncio.run(model.respond(ask())).output == "Hello there"
    with pytest.raises(ModelSpecError, match="not callable"):
        open_model(ModelSpec.parse("python:chain_app:nothing"), ModelSettings())
