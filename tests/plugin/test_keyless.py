"""A session without a key: the response cache answers all of it, or nothing is asked at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from evalkit import evaluate
from evalkit.cli import main
from tests.story import Story


class Server(BaseHTTPRequestHandler):
    """Answers everybody who brings the key, and counts."""

    n_calls = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        type(self).n_calls += 1
        is_known = self.headers.get("Authorization") == "Bearer a-key-of-mine-7"
        message = {"role": "assistant", "content": "WORD"}
        content = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Silent."""


@pytest.fixture
def model() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Server.n_calls = 0
    yield f"openai/m?base_url=http://127.0.0.1:{server.server_port}/v1&api_key_env=MY_MODEL_KEY"
    server.shutdown()
    server.server_close()


@pytest.fixture
def exported(story: Story, model: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The answers of a session with a key, exported; then the key and all results are gone."""
    monkeypatch.chdir(story.path)
    monkeypatch.delenv("EVALKIT_STORE", raising=False)
    monkeypatch.setenv("MY_MODEL_KEY", "a-key-of-mine-7")
    story.cases(3)
    story.write(
        "suites/shout.eval.yaml", "task: shout\ndataset: {file: cases.jsonl}\nmetrics: [output_chars_mean]\n"
    )
    evaluate("suites", model, progress=False)
    assert main(["cache", "export", "ci.jsonl", "--run", "latest"]) == 0
    monkeypatch.delenv("MY_MODEL_KEY")
    for path in (".evalkit/cache/responses.sqlite", ".evalkit/results.duckdb"):
        (story.path / path).unlink()
    return story.path / "ci.jsonl"


def test_imported_answers_need_no_key(story: Story, exported: Path, model: str) -> None:
    assert main(["cache", "import", str(exported)]) == 0
    story.run("--llm-cache=read", model=model).assert_outcomes(passed=1)
    assert Server.n_calls == 3
    assert [row["is_cached"] for row in story.sql("SELECT is_cached FROM responses")] == [True] * 3


def test_what_is_not_in_the_cache_is_an_error_before_the_first_call(
    story: Story, exported: Path, model: str
) -> None:
    main(["cache", "import", str(exported)])
    story.cases(5)
    result = story.run("--llm-cache=read", model=model)
    assert result.ret == 4
    said = result.stdout.str() + result.stderr.str()
    assert "needs a key and MY_MODEL_KEY is not set" in said
    assert "2 of 5 requests of task shout are not in the response cache, the first one sample 'c3'" in said
    assert Server.n_calls == 3


def test_without_a_cache_the_missing_key_is_an_error_at_once(story: Story, model: str) -> None:
    result = story.run(model=model)
    assert result.ret == 4
    assert "needs a key and MY_MODEL_KEY is not set (export MY_MODEL_KEY=…" in result.stderr.str()


def test_a_worker_asks_nothing_of_what_is_not_in_the_cache(story: Story, exported: Path, model: str) -> None:
    main(["cache", "import", str(exported)])
    story.cases(5)
    result = story.run("--llm-cache=read", "-n", "1", model=model)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*error: *MY_MODEL_KEY is not set*2 of 5 requests*"])
    assert Server.n_calls == 3
