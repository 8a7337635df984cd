"""A key that is echoed wherever a server, an application or a user can: no file, table or output has it."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest

from evalkit import evaluate
from evalkit.cli import main
from evalkit.errors import EvalkitError
from evalkit.store.spool import Spool
from tests.story import Story

#: The key that the model is asked with, one that only the environment knows, and one whose variable does not
#: tell what it is.
KEY, OTHER, PLAIN = "cAn4ry/Key+0ne=tulip", "0therCanary-7-walnut", "pLa1n-canary-88-hazel"
#: Keys of vendors that nobody here has been told of: only their shape is known.
BARE = ("hf_c4naryBareW0rd12345", "ghp_c4naryBareW0rd67890", "sk-c4naryBareW0rd24680")


def forms(secret: str) -> list[str]:
    """As it stands, percent-encoded, and the middle of each Base64 text that it can be in."""
    encoded = [b64encode(f"{before}{secret}".encode()).decode()[4:-4] for before in ("", "a", "ab")]
    return [secret, quote(secret, safe=""), quote(secret, safe="").lower(), *encoded]


ALL_FORMS = [form for secret in (KEY, OTHER, PLAIN) for form in forms(secret)]
ALL_FORMS += [bare.partition("c4nary")[2] for bare in BARE]


def found_in(text: str) -> list[str]:
    return [form for form in ALL_FORMS if form in text]


class Echo(BaseHTTPRequestHandler):
    """Tells everybody the header that it was asked with: in answers, in errors, in headers, in Base64, in
    pieces of a stream."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sent = self.headers["Authorization"]
        told = f"{sent} {quote(sent)} {b64encode(sent.encode()).decode()}"
        question = body["messages"][-1]["content"]
        if "good" not in question:
            self._send(400, "application/json", f"{told} {' '.join(BARE)}".encode(), sent)
        elif body.get("stream"):
            self._send(200, "text/event-stream", b"".join(events(sent, f"yes {told} of {question}")), sent)
        else:
            message = {
                "role": "assistant", "content": f"yes {told} of {question}", "reasoning_content": told,
                "tool_calls": [call(told)],
            }  # fmt: skip
            choices = [{"message": message, "finish_reason": f"end {told}"}]
            answer = {"id": f"r {sent}", "model": f"m {sent}", "choices": choices, "more": {sent: sent}}
            self._send(200, "application/json", json.dumps(answer).encode(), sent)

    def _send(self, status: int, kind: str, content: bytes, sent: str) -> None:
        self.send_response(status)
        for name in ("X-Echo", "X-Request-Id", "Retry-After"):
            self.send_header(name, sent)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Silent."""


def call(told: str) -> dict[str, Any]:
    function = {"name": "look", "arguments": json.dumps({"q": told})}
    return {"index": 0, "id": told, "type": "function", "function": function}


def events(sent: str, text: str) -> Iterator[bytes]:
    """A stream that cuts every text in the middle of the key."""
    at = text.index(sent) + len(sent) // 2
    whole = call(text)
    arguments = whole["function"]["arguments"]
    middle = arguments.index(sent) + len(sent) // 2
    pieces: list[dict[str, Any]] = [
        {"content": text[:at]}, {"content": text[at:]},
        {"tool_calls": [{**whole, "function": {"name": "look", "arguments": arguments[:middle]}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": arguments[middle:]}}]},
    ]  # fmt: skip
    for piece in pieces:
        choices = [{"index": 0, "delta": piece}]
        yield _event({"id": f"r {sent}", "model": f"m {sent}", "choices": choices})
    yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield b"data: [DONE]\n\n"


def _event(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture
def leaky(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    for name in ("EVALKIT_STORE", "GITHUB_WORKSPACE", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(story.path / "summary.md"))
    monkeypatch.setenv("MY_MODEL_KEY", KEY)
    monkeypatch.setenv("SERVICE_PASSWORD", OTHER)
    monkeypatch.setenv("WHEREVER", PLAIN)
    monkeypatch.setenv("WORDS", " ".join(BARE))
    monkeypatch.chdir(story.path)
    story.write(
        "app.py",
        "import os\n"
        "import warnings\n"
        "from evalkit import Message, Response, Score\n"
        "told = os.environ['SERVICE_PASSWORD'] + ' refused ' + os.environ['MY_MODEL_KEY']\n"
        "def answer(text):\n"
        "    raise OSError(told + ' ' + os.environ['WORDS'])\n"
        "def leak(prompt):\n"
        "    call = {'type': 'function', 'function': {'name': 'f', 'arguments': told}}\n"
        "    steps = (Message('assistant', told, tool_calls=(call,)), Message('tool', told))\n"
        "    return Response('yes ' + told, reasoning=told, contexts=(told, 'a passage'),\n"
        "                    tool_calls=(call,), trajectory=steps, request_id=told, model_revision=told)\n"
        "def judge(output, target):\n"
        "    raise OSError('judged by ' + os.environ['SERVICE_PASSWORD'])\n"
        "def explain(sample, response):\n"
        "    return Score('python', 1.0, told, 'as ' + told)\n",
    )
    story.write(
        "suites/shout.eval.yaml",
        "task: t\n"
        "samples:\n"
        "  - {id: a, input: good one, target: 'yes'}\n"
        "  - {id: b, input: bad one, target: 'yes'}\n"
        "scorers: [exact_match, {python: {function: 'app:judge'}}]\n"
        "metrics: [accuracy, 'mean:python']\n"
        "max_error_rate: 1\n"
        "gates: [error_rate <= 1]\n",
    )
    return story


def tables(story: Story) -> Iterator[str]:
    names = story.sql("SELECT table_name FROM information_schema.tables")
    for name in {row["table_name"] for row in names}:
        yield json.dumps(story.sql(f"SELECT * FROM {name}"), default=str, ensure_ascii=False)


def commands(runs: list[str]) -> Iterator[list[str]]:
    yield from (["show", runs[0]], ["show", runs[0], "--json"], ["show", OTHER], ["compare", *runs])
    yield ["compare", f"{runs[0]}", runs[1], "--json", "--markdown", "compare.md", "--html", "compare.html"]
    yield from (
        ["sql", "SELECT * FROM responses", "--json"],
        ["sql", f"SELECT password={OTHER}"],
        ["runs", "--json"],
    )
    yield from (
        ["baseline", "export", runs[0], "refused.jsonl"],
        ["baseline", "export", runs[-1], "base.jsonl"],
        ["report", runs[0]],
        ["report", *runs[:1], "--markdown", "r.md"],
    )
    yield from (["cache", "explain", "a", "--json"], ["cache", "stats", "--json"], ["flaky", "--json"])
    yield from (["cache", "explain", runs[-1], "a"], ["cache", "explain", runs[-1], "a", "--json"])
    yield from (["cache", "export", "ci.jsonl"], ["cache", "import", "ci.jsonl"])
    yield from (
        ["cache", "explain", "suites", OTHER, f"--model=openai/{BARE[2]}"],
        ["cache", "import", OTHER],
    )
    yield ["run", "suites", f"--model=openai/m?api_key={OTHER}"]
    yield ["run", "suites", f"--model=openai/m?api_key_env={OTHER}", f"--prompt={OTHER}"]


def raised(url: str) -> Iterator[str]:
    """What Python callers are told, tracebacks and all."""
    for model in (
        f"openai/{BARE[0]}", BARE[1], f"openai/m?api_key={OTHER}", f"openai/m?base_url={url}/{OTHER}",
        f"openai/m?base_url=http://me:{OTHER}@127.0.0.1/v1", f"openai/m?api_key_env={OTHER}",
        {"mine": f"openai/m?base_url={url}/{OTHER}"}, f"openai/m?headers=Authorization:{OTHER}",
    ):  # fmt: skip
        with pytest.raises(EvalkitError) as error:
            evaluate("suites", model, progress=False)
        yield f"{error.value} {error.value!r} {error.value.args}"


def test_no_key_is_anywhere(
    leaky: Story, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[str] = []
    append = Spool._append

    def note(self: Spool, *row: Any) -> None:
        rows.append(str(row))
        append(self, *row)

    monkeypatch.setattr(Spool, "_append", note)
    said = []
    for name, variable, args in (
        ("m", "MY_MODEL_KEY", ["-rA", "-v", "--tb=long"]),
        (
            "n",
            "WHEREVER",
            [f"--deselect=x?api_key={KEY}", *(f"--deselect={each}" for each in (OTHER, *BARE))],
        ),
    ):
        model = f"openai/{name}?base_url={url}&api_key_env={variable}"
        result = leaky.run(*args, f"--junit-xml={name}.xml", model=model)
        said += [result.stdout.str(), result.stderr.str()]
    result = leaky.run("-rA", "-n", "1", model="python:app:answer")
    said += [result.stdout.str(), result.stderr.str()]
    sound = "task: t\nsamples: [{id: a, input: good one}]\nmetrics: [output_chars_mean]\n"
    scored = "scorers: [{python: {function: 'app:explain'}}]\n"
    leaky.write("suites/shout.eval.yaml", sound + scored)
    leaky.run(model="python:app:leak?revision=1").assert_outcomes(passed=1)
    leaky.write("suites/shout.eval.yaml", sound)
    model = f"openai/m?base_url={url}&api_key_env=MY_MODEL_KEY"
    results = evaluate("suites", f"{model}&stream=1", progress=False)
    said += [repr(results), results._repr_html_(), repr(results.verdicts)]
    said += list(raised(url))
    leaky.run(model=model).assert_outcomes(passed=1)
    assert "HTTP 400 from 127.0.0.1: Bearer …" in str(rows), "the server's refusal is a row"
    assert "yes Bearer …" in str(rows), "and its answer too"
    assert "of good one" in str(rows)
    assert "a passage" in str(rows), "and what an application retrieved"
    runs = [row["run_id"] for row in leaky.sql("SELECT run_id FROM runs ORDER BY started_at")]
    for words in commands(runs):
        capsys.readouterr()
        main(words)
        said += [*capsys.readouterr()]
    for text in (*said, *rows, *tables(leaky)):
        assert not found_in(text)
    files = [path for path in leaky.path.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {
        "m.xml", "summary.md", "index.html", "compare.html", "base.jsonl", "r.md", "results.duckdb",
    }  # fmt: skip
    for path in files:
        assert not found_in(path.read_bytes().decode("latin-1")), path.name


@pytest.mark.parametrize(
    "spec",
    [
        "openai/m?api_key=KEY",
        "openai/m?base_url=URL?api_key=KEY",
        "openai/m?base_url=URL%23KEY",
        "openai/m?base_url=http://me:KEY@127.0.0.1:9/v1",
        "openai/m?base_url=http://127.0.0.1:9/KEY/v1",
        "openai/KEY",
        "python:app:KEY",
    ],
)
def test_a_spec_with_a_key_is_refused_without_repeating_it(leaky: Story, url: str, spec: str) -> None:
    result = leaky.run(model=spec.replace("KEY", OTHER).replace("URL", url))
    assert result.ret == 4
    said = result.stdout.str() + result.stderr.str()
    assert "evalkit: " in said
    assert not found_in(said)
    assert not [
        path for path in leaky.path.rglob("*") if path.is_file() and OTHER.encode() in path.read_bytes()
    ]


def test_what_only_looks_like_a_key_is_data_in_an_answer(leaky: Story) -> None:
    leaky.write("app.py", "def answer(text):\n    return 'sk-live-1234567890abcdef token: x'\n")
    leaky.write(
        "suites/shout.eval.yaml",
        "task: t\nsamples: [{id: a, input: x, target: 'y'}]\nscorers: [exact_match]\n",
    )
    leaky.run(model="python:app:answer")
    (row,) = leaky.sql("SELECT output FROM responses")
    assert row["output"] == "sk-live-1234567890abcdef token: x"
