"""Rows whose input is a list of chat messages, and samples that show images."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.prompt import Prompt
from evalkit.core.run import SubjectRecord
from evalkit.core.subject import ModelSpec, Subject
from evalkit.core.task import Task
from evalkit.errors import TemplateError
from evalkit.prompts.media import MediaFiles
from evalkit.runner.content import read_by_task, with_content
from evalkit.runner.jobs import build_request
from evalkit.runner.prepared_task import PreparedTask, prepare
from evalkit.runner.prompt_context import shown_media
from evalkit.runner.task_prompt import BARE_PROMPT
from evalkit.runner.unit import Unit

PNG = b"\x89PNG\r\n\x1a\n"
IMAGE = {"type": "image", "file": "a.png"}
TALK = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": "yes?"},
    {"role": "user", "content": [{"type": "text", "text": "look"}, IMAGE]},
]
LOOK = [
    {"role": "user", "content": [{"type": "text", "text": "{{ q }}"}, {"type": "image", "file": "{{ f }}"}]}
]


def prepared(folder: Path, rows: list[dict[str, Any]], **task: Any) -> PreparedTask:
    made = Task(task="t", samples=rows, **task)
    return prepare(made, lambda spec: spec.rows or (), media=MediaFiles(folder, ()))


@pytest.mark.parametrize("keys", [{}, {"input": "{{ input }}"}], ids=["field", "template"])
def test_an_input_of_chat_messages_is_the_conversation_to_ask(tmp_path: Path, keys: dict[str, Any]) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    sample = prepared(tmp_path, [{"id": "a", "input": TALK}], **keys).samples[0]
    assert sample.conversation == TALK
    shown = f"[image image/png sha256:{hashlib.sha256(PNG).hexdigest()}]"
    assert sample.input == f"user:\nhi\n\nassistant:\nyes?\n\nuser:\nlook\n{shown}"


def test_another_image_in_a_conversation_is_another_sample(tmp_path: Path) -> None:
    hashes = set()
    for data in (PNG, PNG + b"1"):
        (tmp_path / "a.png").write_bytes(data)
        made = prepared(tmp_path, [{"id": "a", "input": TALK}])
        hashes.add((made.samples[0].content_hash, made.dataset_hash))
    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"role": "robot", "content": "x"}, "message 1: role 'robot' is unknown"),
        ({"role": "user", "content": "x", "function_call": {"name": "f"}}, "unknown key 'function_call'"),
        ({"role": "user", "content": [{"type": "image", "file": "b.png"}]}, "message 1: image file 'b.png'"),
    ],
)
def test_a_conversation_that_cannot_be_asked_names_the_row_and_the_message(
    tmp_path: Path, message: dict[str, Any], said: str
) -> None:
    with pytest.raises(TemplateError, match=said) as caught:
        prepared(tmp_path, [{"id": "a", "input": [message]}])
    assert "row 1" in (caught.value.where or "")


def test_notes_of_a_dataset_beside_a_message_are_passed_over(tmp_path: Path) -> None:
    row = {"id": "a", "input": [{"role": "user", "content": "hi", "name": None, "timestamp": 7}]}
    assert prepared(tmp_path, [row]).samples[0].input == "user:\nhi"


def content(folder: Path, row: dict[str, Any], messages: list[dict[str, Any]]) -> str:
    made = prepared(folder, [{"id": "a", **row}], messages=messages, scorers=["exact_match"])
    task = made.task
    assert isinstance(task.prompt, Prompt)
    reads = read_by_task(task, task.prompt, ())
    (sample,) = with_content(made.samples, reads, shown_media(task, task.prompt, made.media))
    return str(sample.content_hash)


def test_an_image_that_the_prompt_shows_counts_by_its_bytes(tmp_path: Path) -> None:
    row = {"q": "what?", "f": "a.png"}
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "b.png").write_bytes(PNG)
    first = content(tmp_path, row, LOOK)
    assert content(tmp_path, {**row, "f": "b.png"}, LOOK) == first
    (tmp_path / "a.png").write_bytes(PNG + b"1")
    assert content(tmp_path, row, LOOK) != first


def test_a_dataset_counts_by_the_names_of_what_a_limit_may_leave_unread(tmp_path: Path) -> None:
    made = Task(task="t", samples=[{"q": "?", "f": "missing.png"}], messages=LOOK)
    reads = read_by_task(made, made.prompt, ())
    assert "f" not in reads.names
    assert reads.by_name().names == {"q", "f"}


def test_an_image_that_is_not_there_names_the_sample(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"sample a: image file 'a.png' cannot be read: No such file"):
        content(tmp_path, {"q": "what?", "f": "a.png"}, LOOK)


def test_another_image_of_a_solved_example_is_another_task(tmp_path: Path) -> None:
    rows = [{"id": str(i), "q": "what?", "f": "a.png", "target": "x"} for i in range(3)]
    hashes = set()
    for data in (PNG, PNG + b"1"):
        (tmp_path / "a.png").write_bytes(data)
        hashes.add(prepared(tmp_path, rows, messages=LOOK, fewshot={"n": 1}).task_hash)
    assert len(hashes) == 2


def test_a_request_tells_what_it_shows(tmp_path: Path) -> None:
    def unit(task: PreparedTask) -> Unit:
        subject, record = (
            Subject(ModelSpec.parse("python:a:b")),
            SubjectRecord("", "", None, {}, "", None, ""),
        )
        prompt = task.task.prompt or BARE_PROMPT
        return Unit("e", task, subject, record, None, prompt, task.samples, ())  # type: ignore[arg-type]

    (tmp_path / "a.png").write_bytes(PNG)
    looking = unit(prepared(tmp_path, [{"id": "a", "q": "what?", "f": "a.png"}], messages=LOOK))
    talking = unit(prepared(tmp_path, [{"id": "a", "input": TALK}]))
    plain = unit(prepared(tmp_path, [{"id": "a", "input": "hi"}]))
    requests = [build_request(each, each.samples[0], 0) for each in (looking, talking, plain)]
    assert [[shown.data for shown in each.media] for each in requests] == [[PNG], [PNG], []]
    assert [each.has_roles for each in requests] == [True, True, False]
