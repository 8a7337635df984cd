"""Texts that terminals, hosts and parsers obey, in every place that has texts, looked for in every output."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from evalkit.cli import main
from evalkit.core.text import HIDDEN_CHARACTER
from evalkit.session.outcome import Board, ItemOutcome
from tests.story import Story

#: A colour, a title (OSC), a bell, NUL, C1 controls, a carriage return, bidi overrides, half a surrogate
#: pair, commands of GitHub, Azure and GitLab, Markdown that draws, mentions and closes fences, HTML.
CONTROLS = "\x1b[31m\x1b]0;t\x07\x00\x9b31m\x9d\x85\r\x08\x7f\u202e\u2066\u2028\ud800"
COMMANDS = "\n::set-output name=x::y\n  ::add-mask::z ##[command]q ##vso[task] section_start:1:s\r\x1b[0K"
MARKS = "`` @team <img src=x> ``` | --- | <!-- #1 </script> [a](http://b)"
POISON = f"{CONTROLS}{COMMANDS}{MARKS}"

DATA = Path(__file__).resolve().parents[1] / "data"
POISON_IN_JSON = json.dumps(POISON[:-1].replace("\ud800", ""))[1:-1]

APP = f"""
POISON = {POISON!a}

def answer(text):
    if "broken" in text:
        raise ValueError(POISON)
    return "yes" if "good" in text else "no " + POISON

def judge(output, target):
    from evalkit import Score
    return Score("judge", 0.0, POISON, POISON)
"""


#: A Python module, as YAML knows no half of a surrogate pair.
TASK = f"""
import evalkit
POISON = {POISON!a}
samples = [
    {{"id": "a" + POISON, "input": "good" + POISON, "target": "yes" + POISON}},
    {{"id": "b" + POISON, "input": "bad" + POISON, "target": "yes"}},
    {{"id": "c", "input": "broken" + POISON, "target": "yes"}},
]
task = evalkit.Task(
    task="t" + POISON,
    tags=["tag ::error::##[group]"],
    samples=samples,
    scorers=["exact_match", {{"python": {{"function": "app:judge"}}}}],
    metrics=["accuracy:exact_match", {{"f1": {{"positive": "p" + POISON}}}}],
    max_error_rate=1,
    gates=["accuracy:exact_match >= 0.9",
           {{"regression": {{"metric": "accuracy:exact_match", "margin": 0.1}}}}],
)
golden = evalkit.Task(
    task="golden" + POISON,
    samples=[{{**sample, "assert": [{{"contains": POISON + "x"}}]}} for sample in samples],
)
"""


def lines_that_are_obeyed(text: str, *, may_command: bool = False) -> Iterator[str]:
    for line in text.split("\n"):
        is_ours = may_command and line.startswith(("::error ", "::warning "))
        if HIDDEN_CHARACTER.search(line) or (line.strip().startswith("::") and not is_ours):
            yield ascii(line)
        if "##[" in line or "##vso[" in line:
            yield ascii(line)


@pytest.fixture
def poisoned(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    for name in ("GITHUB_WORKSPACE", "GITLAB_CI", "CI_PROJECT_DIR", "EVALKIT_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(story.path / "summary.md"))
    branch = ("0123456789abcdef", f"main{POISON}", True)
    monkeypatch.setattr("evalkit.session.provenance._git", lambda root: branch)
    story.write("app.py", APP)
    story.write("suites/test_poison.py", TASK)
    (story.path / "suites/shout.eval.yaml").unlink()
    story.write("p.jinja", "{{ input }}")
    return story


def session(story: Story, *args: str) -> str:
    model = "python:app:answer?revision=r%1b%5b31m%0a::x"
    prompt = f"--llm-prompt=p{CONTROLS[:4]}=p.jinja"
    result = story.run(prompt, f"--deselect=x{CONTROLS[:12]}", *args, model=model)
    assert result.ret == 1
    return f"{result.stdout.str()}\n{result.stderr.str()}"


def imported(story: Story) -> str:
    """A record of another tool, its names poisoned."""
    record = (
        (DATA / "imports/openai_evals/good.jsonl").read_text().replace("sums.dev", "sums" + POISON_IN_JSON)
    )
    return str(story.write("record.jsonl", record.replace("calc-0", "calc" + POISON_IN_JSON)))


def commands(story: Story) -> Iterator[list[str]]:
    newest, oldest = (row["run_id"] for row in story.sql("SELECT run_id FROM runs ORDER BY started_at DESC"))
    run = [f"{oldest[:-2]}{CONTROLS[:-1]}"]  # no such run: an error that repeats it
    yield from (["show", oldest], ["show", "latest", "--json"], ["show", *run], ["compare", oldest, newest])
    yield ["show", "latest", "--influence", "accuracy"]
    yield ["compare", oldest, newest, "--json", "--markdown", "compare.md", "--html", "compare.html"]
    yield from (
        ["runs"],
        ["runs", "--json"],
        ["drift"],
        ["drift", "--task", POISON],
        ["flaky"],
        ["flaky", "--json"],
    )
    yield [
        "sql",
        "SELECT * FROM responses JOIN scores USING (evaluation_id) JOIN evaluations USING (evaluation_id)",
    ]
    yield from (["sql", "SELECT * FROM subjects", "--json"], ["sql", f"SELECT {POISON}"])
    yield from (["baseline", "export", oldest, "base.jsonl"], ["baseline", "set", f"n{POISON}", oldest])
    yield from (["baseline", "import", "base.jsonl"], ["baseline", "list"])
    yield from (
        ["cache", "stats"],
        ["cache", "stats", "--json"],
        ["cache", "explain", "c"],
        ["cache", "explain", POISON],
    )
    yield from (
        ["import", "auto", imported(story)],
        ["show", "latest"],
        ["runs"],
        ["report", newest],
        [POISON],
    )


def test_nothing_that_is_obeyed_leaves_a_session_a_command_or_a_file(
    poisoned: Story, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [session(poisoned, "-v", "-rA", "--junit-xml=junit.xml"), session(poisoned, "-n", "1")]
    for text in texts:
        assert not list(lines_that_are_obeyed(text, may_command=True))
        assert "[U+001B]" in text
    monkeypatch.chdir(poisoned.path)
    for words in commands(poisoned):
        capsys.readouterr()
        main(words)
        out, err = capsys.readouterr()
        assert not list(lines_that_are_obeyed(out + err)), words
        assert out + err
    cases = list(ElementTree.parse(poisoned.path / "junit.xml").iter("testcase"))
    assert len(cases) == 5
    for path in (*poisoned.path.glob("*.md"), *poisoned.path.glob("**/*.html")):
        text = path.read_text("utf-8")
        assert not HIDDEN_CHARACTER.search(text.replace("\u2060", "").replace("\r", "")), path.name
    for path in poisoned.path.glob("*.md"):
        kinds = list(MarkdownIt("commonmark").enable("table").parse(path.read_text("utf-8")))
        inner = {child.type for token in kinds for child in token.children or ()}
        assert inner <= {"text", "text_special", "code_inline", "strong_open", "strong_close", "html_inline"}
        tags = {c.content for token in kinds for c in token.children or () if c.type == "html_inline"}
        assert tags <= {"<sub>", "</sub>"}
    assert {path.name for path in poisoned.path.glob("*.md")} == {"summary.md", "compare.md"}


@pytest.mark.parametrize(
    "args, model",
    [
        ([f"--llm-limit={POISON[:-1]}"], "python:app:answer"),
        ([f"--llm-prompt={POISON}"], "python:app:answer"),
        ([], f"python:app:{POISON}"),
        ([], f"openai/m?{POISON}=1"),
    ],
    ids=["option", "prompt", "name", "parameter"],
)
def test_a_usage_error_repeats_nothing_that_is_obeyed(poisoned: Story, args: list[str], model: str) -> None:
    result = poisoned.run(*args, model=model)
    assert result.ret == 4
    assert "evalkit: " in result.stderr.str()
    assert not list(lines_that_are_obeyed(result.stdout.str() + result.stderr.str()))


def test_a_failed_test_shows_what_a_model_answered_as_plain_text(poisoned: Story) -> None:
    poisoned.write(
        "suites/test_poison.py",
        "def test_answer(llm):\n"
        "    reply = llm.generate('bad')\n"
        "    assert reply.output == 'no\\nline', reply.output\n"
        "def test_diff(llm):\n"
        "    assert llm.generate('bad').output == 'no\\nline'\n"
        "def test_error(llm):\n"
        "    llm.generate('broken')\n",
    )
    result = poisoned.run("-rA", "-l", "-vv")
    result.assert_outcomes(failed=3)
    assert not list(lines_that_are_obeyed(result.stdout.str()))


def test_what_an_item_reports_can_be_handed_to_another_process(tmp_path: Path) -> None:
    Board(tmp_path / "board").publish("a", ItemOutcome("fail", POISON, properties={"metric": POISON}))
    found = Board(tmp_path / "board").get("a", 0)
    assert found is not None
    assert not list(lines_that_are_obeyed(found.detail + "\n" + found.properties["metric"]))
