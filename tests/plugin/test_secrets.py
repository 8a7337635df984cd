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

from evalkit.cli import main
from evalkit.store.spool import Spool
from tests.story import Story

#: The key that the model is asked with, and one that only the environment knows.
KEY, OTHER = "cAn4ry/Key+0ne=tulip", "0therCanary-7-walnut"


def forms(secret: str) -> list[str]:
    """As it stands, percent-encoded, and the middle of each Base64 text that it can be in."""
    encoded = [b64encode(f"{before}{secret}".encode()).decode()[4:-4] for before in ("", "a", "ab")]
    return [secret, quote(secret, safe=""), quote(secret, safe="").lower(), *encoded]


ALL_FORMS = [form for secret in (KEY, OTHER) for form in forms(secret)]


def found_in(text: str) -> list[str]:
    return [form for form in ALL_FORMS if form in text]


class Echo(BaseHTTPRequestHandler):
    """Tells everybody the header that it was asked with: in answers, in errors, in headers, in Base64."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sent = self.headers["Authorization"]
        told = f"{sent} {quote(sent)} {b64encode(sent.encode()).decode()}"
        question = body["messages"][-1]["content"]
        answer: dict[str, Any] = {"error": {"message": f"refused {told}", "headers": {"Authorization": sent}}}
        if "good" in question:
            message = {"role": "assistant", "content": f"yes {told} of {question}"}
            answer = {"model": f"m {sent}", "choices": [{"message": message, "finish_reason": f"end {told}"}]}
        content = (json.dumps(answer) if "good" in question else told).encode()
        self.send_response(200 if "good" in question else 400)
        self.send_header("X-Echo", sent)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Silent."""


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
    monkeypatch.chdir(story.path)
    story.write(
        "app.py",
        "import os\n"
        "def answer(text):\n"
        "    raise OSError(os.environ['SERVICE_PASSWORD'] + ' refused ' + os.environ['MY_MODEL_KEY'])\n"
        "def judge(output, target):\n"
        "    raise OSError('judged by ' + os.environ['SERVICE_PASSWORD'])\n",
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
    for name, args in (("m", ["-rA", "-v"]), ("n", [f"--deselect=x?api_key={KEY}", f"--deselect={OTHER}"])):
        model = f"openai/{name}?base_url={url}&api_key_env=MY_MODEL_KEY"
        result = leaky.run(*args, f"--junit-xml={name}.xml", model=model)
        said += [result.stdout.str(), result.stderr.str()]
    result = leaky.run("-rA", model="python:app:answer")
    said += [result.stdout.str(), result.stderr.str()]
    sound = "task: t\nsamples: [{id: a, input: good one}]\nmetrics: [output_chars_mean]\n"
    leaky.write("suites/shout.eval.yaml", sound)
    leaky.run(model=f"openai/m?base_url={url}&api_key_env=MY_MODEL_KEY").assert_outcomes(passed=1)
    assert "HTTP 400 from 127.0.0.1: Bearer …" in str(rows), "the server's refusal is a row"
    assert "yes Bearer …" in str(rows), "and its answer too"
    assert "of good one" in str(rows)
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


def test_the_key_of_another_service_in_an_answer_is_data(leaky: Story) -> None:
    leaky.write("app.py", f"def answer(text):\n    return 'sk-live-1234567890abcdef {OTHER}'\n")
    leaky.write(
        "suites/shout.eval.yaml",
        "task: t\nsamples: [{id: a, input: x, target: 'y'}]\nscorers: [exact_match]\n",
    )
    leaky.run(model="python:app:answer")
    (row,) = leaky.sql("SELECT output FROM responses")
    assert row["output"] == f"sk-live-1234567890abcdef {OTHER}"
