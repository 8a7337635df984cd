"""Keys of the environment are cut from answers; ordinary answers stay as they are."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest

from evalkit.core.message import Media, MediaPart, Message, TextPart
from evalkit.core.response import Response
from evalkit.runner.secrets import AnswerSecrets
from tests.shared_data import shared_data

KEY = "cAn4ry/0f-the-walnut"
CALL = {"type": "function", "function": {"name": "f", "arguments": json.dumps({"q": KEY})}}
IMAGE = MediaPart("image", Media.of(b"1", "image/png"))


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> AnswerSecrets:
    monkeypatch.setenv("MY_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8xYz1A")
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_Ab3dEf6hIj9lMn2pQr5tUv8xYz1AbCdEfGh")
    monkeypatch.setenv("AUTH_MODE", "production")
    monkeypatch.setenv("SOME_TOKEN", "anything")
    return AnswerSecrets()


@pytest.mark.parametrize(
    "response",
    [
        Response(f"it is {KEY}"),
        Response("yes", reasoning=f"I saw {KEY}"),
        Response("yes", request_id=f"r-{KEY}"),
        Response("yes", contexts=("a passage", f"found {KEY}")),
        Response("yes", tool_calls=(CALL,)),
        Response("yes", trajectory=(Message("tool", KEY), Message("assistant", "", tool_calls=(CALL,)))),
        Response("yes", trajectory=(Message.of_parts("user", (TextPart(KEY), IMAGE)),)),
    ],
    ids=["output", "reasoning", "request id", "contexts", "tool calls", "trajectory", "parts"],
)
def test_a_key_is_cut_wherever_an_answer_repeats_it(secrets: AnswerSecrets, response: Response) -> None:
    cut = secrets.cut(response)
    assert "walnut" not in str(cut)
    assert "…" in str(cut)


def test_images_stay_where_a_text_beside_them_is_cut(secrets: AnswerSecrets) -> None:
    (message,) = (
        secrets.cut(Response("", trajectory=(Message.of_parts("user", (TextPart(KEY), IMAGE)),))).trajectory
        or ()
    )
    assert message.media[0].data == b"1"


def test_words_that_a_variable_holds_stay(secrets: AnswerSecrets) -> None:
    response = Response(
        "anything in production", contexts=("anything",), tool_calls=({"name": "production"},)
    )
    assert secrets.cut(response) is response


def real_answers() -> Iterator[str]:
    """Outputs of models as they were published: chat, captions of tools, summaries, code."""
    for run in ("gpt4_0314", "gpt4_0613"):
        path = shared_data("alpaca_eval", "results", run, "model_outputs.json")
        yield from (row["output"] for row in json.loads(path.read_text()))
    for name in ("lead", "ptgen"):
        packed = shared_data("xsum_model_predictions", f"{name}-test-output.txt.gz")
        yield from gzip.decompress(packed.read_bytes()).decode().splitlines()[:500]
    for folder in ("humaneval", "gsm8k", "mbpp", "tau_bench", "llmdrift"):
        for path in sorted(shared_data(folder).rglob("*.jsonl")):
            yield from path.read_text(errors="replace").splitlines()[:200]


def test_real_answers_pass_through_unchanged(secrets: AnswerSecrets) -> None:
    n_seen = 0
    for text in real_answers():
        response = Response(text, contexts=(text,))
        assert secrets.cut(response) == response
        n_seen += 1
    assert n_seen > 2000
