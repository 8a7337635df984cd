"""Tasks that ask with messages: images from the project, conversations, prompts put in their place."""

from __future__ import annotations

import hashlib

import pytest

from tests.story import Story

GIF = b"GIF89a and a pixel"
LOOK = """
task: look
dataset: {file: cases.jsonl}
messages:
  - {role: system, content: Look.}
  - role: user
    content:
      - {type: text, text: "{{ input }}"}
      - {type: image, file: "{{ picture }}"}
metrics: [accuracy]
gates:
  - regression: {metric: accuracy, margin: 0.3}
"""
APP = """
def answer(messages):
    with open("calls.txt", "a") as file:
        file.write(" ".join(message["role"] for message in messages) + "\\n")
    content = messages[-1]["content"]
    return (content if isinstance(content, str) else content[0]["text"]).upper()
"""


@pytest.fixture
def looking(story: Story) -> Story:
    story.write("app.py", APP)
    (story.path / "suites/shout.eval.yaml").unlink()
    story.write("suites/look.eval.yaml", LOOK)
    story.cases(20, picture="a.gif")
    (story.path / "suites/a.gif").write_bytes(GIF)
    (story.path / "suites/b.gif").write_bytes(GIF)
    return story


def test_a_changed_image_is_a_changed_sample_and_a_moved_one_is_not(looking: Story) -> None:
    looking.run("--llm-save-baseline=main")
    rows = [
        {"id": f"c{i}", "input": f"word {i}", "target": f"WORD {i}", "picture": "b.gif" if i < 5 else "a.gif"}
        for i in range(20)
    ]
    looking.rows(rows)
    (looking.path / "suites/b.gif").write_bytes(GIF + b", another one")
    looking.run("--llm-baseline=main")
    (row,) = looking.sql("SELECT detail FROM verdicts ORDER BY rowid DESC LIMIT 1")
    assert "On 15 of 20 samples: 5 edited in media (c0, c1, c2" in row["detail"]


def test_the_store_keeps_an_image_of_an_input_by_type_and_hash(looking: Story) -> None:
    looking.run("--llm-limit=1")
    (row,) = looking.sql("SELECT input, media FROM responses")
    shown = f"[image image/gif sha256:{hashlib.sha256(GIF).hexdigest()}]"
    assert row["input"] == f"system:\nLook.\n\nuser:\nword 0\n{shown}"
    assert row["media"] == [hashlib.sha256(GIF).hexdigest()]


def test_the_store_keeps_the_bytes_of_an_image_once(looking: Story) -> None:
    looking.run("--llm-limit=3")
    rows = looking.sql("SELECT sha256, media_type, octet_length(data) AS n FROM media")
    assert rows == [{"sha256": hashlib.sha256(GIF).hexdigest(), "media_type": "image/gif", "n": len(GIF)}]


def test_an_image_that_is_not_there_stops_the_collection_at_its_line(looking: Story) -> None:
    (looking.path / "suites/a.gif").unlink()
    result = looking.run()
    assert result.ret == 4
    result.stdout.fnmatch_lines(["*look.eval.yaml:4*sample c0*image file 'a.gif' cannot be read*"])
    assert not looking.calls()


def test_a_prompt_under_test_is_put_in_the_place_of_messages(looking: Story) -> None:
    looking.write("short.jinja", "Say {{ input }}")
    looking.run("--llm-prompt=short=short.jinja", "--llm-prompt=default", "--llm-limit=1")
    assert sorted(looking.calls()) == ["system user", "user"]
    (row,) = looking.sql("SELECT count(DISTINCT task_hash) AS tasks, count(*) AS n FROM evaluations")
    assert row == {"tasks": 1, "n": 2}


def test_a_conversation_is_asked_turn_by_turn(looking: Story) -> None:
    talk = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    looking.write("suites/look.eval.yaml", "task: talk\ndataset: {file: cases.jsonl}\nmetrics: [accuracy]\n")
    looking.rows([{"id": "c", "input": [*talk, {"role": "user", "content": "c"}], "target": "x"}])
    looking.run().assert_outcomes(passed=1)
    assert looking.calls() == ["user assistant user"]


def test_an_image_that_many_samples_show_is_kept_once(looking: Story) -> None:
    looking.run("--llm-limit=3")
    (row,) = looking.sql("SELECT media_type, n FROM media, (SELECT count(*) AS n FROM media)")
    assert row == {"media_type": "image/gif", "n": 1}
    (shown,) = looking.sql("SELECT DISTINCT media FROM responses")
    assert hashlib.sha256(GIF).hexdigest() in str(shown["media"])
