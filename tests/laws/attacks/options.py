"""Options, specs, prompt files and configuration that nobody meant."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.laws.attacks.attack import Attack, refused

_MODELS = (
    "",
    "python:",
    "python:app",
    "python:app:",
    "python:app:nothing",
    "python:nothing:x",
    "python:app:answer?x=1",
    "python:app:CANARY",
    "openai/",
    "openai/x?base_url=",
    "openai/x?base_url=ftp://x",
    "openai/x?base_url=http://",
    "openai/x?base_url=http://u:sk-law0CANARY0123456789abcdefABCDEF@127.0.0.1:1/v1",
    "openai/x?base_url=http://127.0.0.1:1/v1?api_key=sk-law0CANARY0123456789abcdefABCDEF",
    "nobody/x",
    "replay:",
    "replay:nothing.jsonl",
    "replay:.",
    "replay:/dev/null",
    "llamacpp/nothing.gguf",
    "local/nothing",
    "\x1b[31m",
    "a" * 5_000,
    "python:app:answer,python:app:answer",
    "hf/nothing/none",
)
_OPTIONS = (
    "--llm-limit=0",
    "--llm-limit=-1",
    "--llm-limit=x",
    "--llm-limit=" + "9" * 5_000,
    "--llm-repeats=0",
    "--llm-concurrency=0",
    "--llm-concurrency=x",
    "--llm-cache=maybe",
    "--llm-undecided=maybe",
    "--llm-missing-baseline=maybe",
    "--llm-save-baseline=main:always",
    "--llm-baseline-runs=0",
    "--llm-ci=nobody",
    "--llm-sandbox=strong",
    "--llm-store=/proc/nothing/x.duckdb",
    "--llm-store=.",
    "--llm-store=app.py",
    "--llm-report=/proc/x.html",
    "--llm-data=nothing",
    "--llm-data=app.py",
    "--llm-baseline=run:",
    "--llm-baseline=run:../../x",
    "--llm-baseline=branch:",
    "--llm-baseline=file:",
    "--llm-baseline=file:app.py",
    "--llm-baseline=file:.",
    "--llm-baseline=subject:nobody",
    "--llm-baseline=\x1b[31m",
    "--llm-save-baseline=",
    "--llm-save-baseline=latest",
    "--llm-save-baseline=../../x",
    "--llm-save-baseline=\x1b[31m",
    "--llm-prompt=x",
    "--llm-prompt=x=",
    "--llm-prompt=x=nothing",
    "--llm-prompt=x=.",
    "--llm-prompt==app.py",
    "--llm-sample=",
    "--llm-sample=nobody",
    "--llm-rerun=-1",
    "--llm-rerun=x",
)
_PROMPTS = {
    "deep": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "open": "{% if input %}",
    "unknown filter": "{{ input|titel }}",
    "unknown field": "{{ nothing }}",
    "divides by zero": "{{ input }}{{ 1 / 0 }}",
    "bomb": "{{ input }}{% for a in range(10**6) %}{% for b in range(10**6) %}x{% endfor %}{% endfor %}",
    "include": "{{ input }}{% include '/etc/passwd' %}",
    "import": "{% import 'os' as os %}{{ input }}",
    "roles": "system:\nsystem:\nuser:\n{{ input }}",
    "empty": "",
    "nul": "\x00{{ input }}",
    "asks nothing": "Say hello.",
    "braces": "Say {input}.",
    "controls": "\x1b[31m{{ input }}",
}
_COMMANDS = (
    ("show", "nothing"),
    ("show", "../../x"),
    ("show", "\x1b[31m"),
    ("compare", "a", "b"),
    ("compare", "latest", "latest"),
    ("report", "nothing"),
    ("sql", "DROP TABLE runs"),
    ("sql", "SELEC"),
    ("sql", "COPY runs TO '/tmp/evalkit_attack_x'"),
    ("sql", "ATTACH '/tmp/evalkit_attack_x.db'"),
    ("sql", "SELECT * FROM read_text('/etc/passwd')"),
    ("baseline", "set", "x", "y"),
    ("baseline", "set", "../../x", "latest"),
    ("baseline", "export", "nothing", "x.jsonl"),
    ("baseline", "export", "latest", "/proc/x.jsonl"),
    ("baseline", "import", "nothing"),
    ("baseline", "import", "/dev/zero"),
    ("import", "auto", "/dev/zero"),
    ("import", "auto", "."),
    ("import", "nobody", "app.py"),
    ("import", "auto", "app.py"),
    ("drift", "--task", "nothing"),
    ("flaky",),
    ("cache", "stats"),
    ("suites", "add", "nothing"),
    ("suites", "add", "../../x"),
    ("init", "--model", "\x1b[31m"),
    ("setup", "nothing"),
    ("nothing",),
    (),
    ("runs", "--limit", "x"),
    ("runs", "--limit", "-1"),
    ("runs", "--limit", "9" * 5_000),
)
#: What reads alone what the command line names, and may do so.
_FREE = (("flaky",), ("cache", "stats"), ("compare", "latest", "latest"), ("init", "--model", "\x1b[31m"))


def attacks() -> Iterator[Attack]:
    arguments: tuple[str, ...]
    for model in _MODELS:
        arguments = ("suites/plain.eval.yaml", f"--llm-model={model}")
        yield Attack("model spec", model[:60], {"outputs.jsonl": "{}\n"}, arguments, ends=refused(1, 4))
    for option in _OPTIONS:
        yield Attack("option", option[:60], {}, ("suites", "--llm-model=python:app:answer", option))
    for name, text in _PROMPTS.items():
        arguments = ("suites", "--llm-model=python:app:answer", "--llm-prompt=p=p.jinja")
        yield Attack("prompt", name, {"p.jinja": text}, arguments)
        task = "task: attack/inline\ndataset: {file: cases.jsonl}\nmetrics: [accuracy]\nprompt: " + _quoted(
            text
        )
        yield Attack("prompt", f"{name} in a task", {"suites/plain.eval.yaml": task})
    for words in _COMMANDS:
        ends = None if words in _FREE else refused(1, 4, 2)
        yield Attack("command", " ".join(words)[:60], {}, words, "evalkit", ends or frozenset({0, 1, 4, 2}))


def _quoted(text: str) -> str:
    return json.dumps(text) + "\n"
