"""``azure/`` on the wire, with OpenAI's own clients as witnesses, and tokens of the real azure-identity."""

from __future__ import annotations

import time
from typing import Any

import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI

from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from tests.loopback import Call, Reply, chat, events
from tests.wire.faults import FAULTS, Fault
from tests.wire.requests import REQUESTS
from tests.wire.talk import call_by, call_by_us, respond
from tests.wire.test_openai_responses_wire import KEYWORDS as RESPONSES
from tests.wire.test_openai_responses_wire import OK as RESPONSE
from tests.wire.test_openai_wire import KEYWORDS, STREAM, chunk

KEY = "a-key-of-some-length"
V1 = "azure/d?base_url={root}&api_key_env=A_KEY"
CLASSIC = V1 + "&api_version=2024-10-21"
FILTERED = {
    "error": {
        "code": "content_filter",
        "message": "The response was filtered.",
        "type": None,
        "param": "prompt",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation"},
    }
}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", KEY)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(KEYWORDS))
def test_a_deployment_is_asked_as_openais_client_for_azure_asks_it(name: str, is_streamed: bool) -> None:
    more: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}} if is_streamed else {}

    async def talk(root: str) -> None:
        made = AsyncAzureOpenAI(azure_endpoint=root, api_key=KEY, api_version="2024-10-21")
        async with made as client:
            # The older name of this bound is refused for models that think; Azure takes this one for all.
            answer = await client.chat.completions.create(
                model="d", max_completion_tokens=64, temperature=0.5, **KEYWORDS[name], **more
            )
            if is_streamed:
                assert [part async for part in answer]

    reply = STREAM if is_streamed else chat()
    ours = call_by_us(reply, REQUESTS[name], CLASSIC + ("&stream=1" if is_streamed else ""))
    theirs = call_by(talk, reply)
    assert (ours.path, ours.body) == (theirs.path, theirs.body)
    assert ours.headers["api-key"] == theirs.headers["api-key"]
    assert ours.raw_path == theirs.raw_path
    assert ours.raw_path.endswith("?api-version=2024-10-21")


@pytest.mark.parametrize("api", ["chat", "responses"])
@pytest.mark.parametrize("root", ["{root}", "{root}/openai/v1", "{root}/openai/v1/"])
def test_version_1_is_asked_as_openais_client_asks_it(api: str, root: str) -> None:
    async def talk(address: str) -> None:
        async with AsyncOpenAI(base_url=f"{address}/openai/v1/", api_key=KEY) as client:
            if api == "chat":
                await client.chat.completions.create(
                    model="d", max_completion_tokens=64, temperature=0.5, **KEYWORDS["tools"]
                )
            else:
                await client.responses.create(
                    model="d", max_output_tokens=64, temperature=0.5, store=False, **RESPONSES["tools"]
                )

    reply = chat() if api == "chat" else RESPONSE
    spec = V1.replace("{root}", root) + f"&api={api}"
    ours, theirs = call_by_us(reply, REQUESTS["tools"], spec), call_by(talk, reply)
    assert (ours.raw_path, ours.body) == (theirs.raw_path, theirs.body)


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_an_error_that_says_whether_to_ask_again(name: str, is_streamed: bool) -> None:
    fault: Fault = FAULTS[name]
    with pytest.raises(ModelError) as caught:
        respond(fault.reply, REQUESTS["plain"], V1 + ("&stream=1" if is_streamed else ""))
    assert caught.value.is_retryable is fault.is_retryable
    if not is_streamed:
        assert fault.said in str(caught.value)
        assert (caught.value.kind, caught.value.retry_after_s) == (fault.kind, fault.retry_after_s)


@pytest.mark.parametrize(
    ("reply", "query"),
    [
        (Reply(FILTERED, 400), ""),
        (Reply(FILTERED, 400), "&stream=1"),
        (Reply(FILTERED, 400), "&api=responses"),
        (Reply({"choices": [{"message": {"content": None}, "finish_reason": "content_filter"}]}), ""),
        (events(chunk({}, finish_reason="content_filter")), "&stream=1"),
    ],
)
def test_what_the_filter_keeps_back_is_an_answer_and_no_error(reply: Reply, query: str) -> None:
    found, _ = respond(reply, REQUESTS["plain"], V1 + query)
    assert (found.output, found.finish_reason, found.vendor_finish_reason) == (
        "", "content_filter", "content_filter",
    )  # fmt: skip


def test_another_refusal_of_the_request_stays_an_error() -> None:
    with pytest.raises(ModelError, match="no such field"):
        respond(FAULTS["refused"].reply, REQUESTS["plain"], V1)


def test_a_token_of_entra_is_fetched_once_and_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(call: Call) -> Reply:
        if call.path == "/token":
            # As the identity endpoint of App Service and Functions answers.
            token = {
                "access_token": "a-token-of-some-length",
                "expires_on": str(int(time.time()) + 3600),
                "resource": "https://cognitiveservices.azure.com",
                "token_type": "Bearer",
            }
            return Reply(token, headers={"Content-Type": "application/json"})
        return chat()

    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IDENTITY_HEADER", "a-header")
    monkeypatch.setattr("tests.wire.talk.open_model", opening(monkeypatch))
    _, calls = respond(answer, REQUESTS["plain"], "azure/d?base_url={root}&auth=entra")
    assert [call.path for call in calls] == ["/token", "/openai/v1/chat/completions"]
    assert calls[1].headers["Authorization"] == "Bearer a-token-of-some-length"
    assert "api-key" not in calls[1].headers


def opening(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``open_model``, with the loopback server as the place that gives tokens."""

    def opened(spec: ModelSpec, settings: ModelSettings) -> Any:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{spec.params['base_url']}/token")
        return open_model(spec, settings)

    return opened


def test_a_session_that_is_offline_fetches_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IDENTITY_ENDPOINT", raising=False)
    with pytest.raises(Exception, match="--llm-offline refuses to fetch a token"):
        respond(chat(), REQUESTS["plain"], "azure/d?base_url={root}&auth=entra")


@pytest.mark.parametrize(
    ("host", "has_key"),
    [
        ("name.openai.azure.com", True),
        ("name.services.ai.azure.com", True),
        ("name.openai.azure.us", True),
        ("name.openai.azure.com.example.org", False),
        ("azure.example.org", False),
    ],
)
def test_the_key_of_the_environment_goes_to_azure_alone(
    host: str, has_key: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    model: Any = open_model(ModelSpec.parse(f"azure/d?base_url=https://{host}"), ModelSettings())
    assert (model.client._headers.get("api-key") == KEY) is has_key


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "needs an address"),
        ("?base_url=https://n.openai.azure.com&api=responses&api_version=v1", "no address of deployments"),
        ("?base_url=https://n.openai.azure.com&auth=magic", "key or entra"),
    ],
)
def test_a_wrong_spec_is_refused(query: str, said: str) -> None:
    with pytest.raises(ModelSpecError, match=said):
        open_model(ModelSpec.parse(f"azure/d{query}"), ModelSettings())


def test_what_is_deployed_says_what_is_taken() -> None:
    spec = ModelSpec.parse("azure/d?base_url=http://127.0.0.1:1&model=o4-mini")
    assert open_model(spec, ModelSettings()).lacks == {"temperature", "top_p", "stop"}
