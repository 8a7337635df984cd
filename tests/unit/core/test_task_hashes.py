"""Hashes that stored baselines hold: written down for tasks that ask with text alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.core.prompt import Prompt
from evalkit.core.reasoning import Reasoning
from evalkit.core.task import Task
from evalkit.tasks.taskfile import load_task_file

SUITES = Path(__file__).resolve().parents[3] / "suites"
TOOL = {"name": "look", "parameters": {"type": "object"}}


def made(**keys: Any) -> Task:
    return Task(task="t", samples=[{"id": "a", "input": "x"}], **keys)


@pytest.mark.parametrize(
    ("file", "task_hash", "prompt_hash"),
    [
        ("arc/arc_easy", "b505ef141f7657e0", "54dbbde2c340e47f"),
        ("bbh/boolean_expressions", "4377eebc5ffd1724", "41366c2e0dc69ad4"),
        ("quickstart/arithmetic", "adf358b31bb9fbb5", None),
        ("quickstart/extraction", "fe842b730fb7ce59", None),
        ("canary/labels", "bc74afd8bee234f1", None),
    ],
)
def test_a_task_of_the_shelf_keeps_its_hashes(file: str, task_hash: str, prompt_hash: str | None) -> None:
    task = load_task_file(SUITES / f"{file}.eval.yaml")[0]
    assert task.task_hash == task_hash
    assert prompt_hash is None or task.prompt.prompt_hash == prompt_hash


@pytest.mark.parametrize(
    "keys",
    [
        {"tools": [TOOL]},
        {"tools": [TOOL], "tool_choice": "look"},
        {"response_format": "json_object"},
        {"response_format": {"type": "object"}},
        {"reasoning": "low"},
    ],
    ids=["tools", "tool_choice", "json_object", "schema", "reasoning"],
)
def test_what_a_task_asks_beside_text_moves_its_hash(keys: dict[str, Any]) -> None:
    assert made(**keys).task_hash not in (made().task_hash, made(tools=[{**TOOL, "name": "b"}]).task_hash)


def test_messages_of_text_are_the_prompt_of_the_same_turns() -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "{{ input }}"}]
    messages = made(messages=turns)
    assert messages.prompt.prompt_hash == made(prompt=turns).prompt.prompt_hash
    assert messages.prompt.turns == Prompt.parse("system:\nBe brief.\nuser:\n{{ input }}").turns


def test_another_image_in_the_messages_is_another_prompt() -> None:
    def of(file: str) -> str:
        parts = [{"type": "text", "text": "{{ input }}"}, {"type": "image", "file": file}]
        return str(made(messages=[{"role": "user", "content": parts}]).prompt.prompt_hash)

    assert of("a.png") != of("b.png")


def test_reasoning_is_a_parameter_of_the_generation() -> None:
    task = made(reasoning={"effort": "low", "budget_tokens": 64})
    assert task.generate.reasoning == task.reasoning == Reasoning("low", 64)
    assert task.task_hash == made(generate={"reasoning": task.reasoning}).task_hash
