"""Recorded outputs as the model."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.replay import open_model
from tests.asking import ask, rank


def respond(folder: Path, rows: list[Any], request: Request, query: str = "") -> Response:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / "r.jsonl").write_text("\n".join(lines) + "\n")

    async def run() -> Response:
        spec = ModelSpec.parse(f"replay:r.jsonl{query}")
        model = open_model(spec, ModelSettings(base_dir=folder))
        await model.start()
        return await model.respond(request)

    return asyncio.run(run())


def test_a_row_comes_back_with_all_it_recorded(tmp_path: Path) -> None:
    row = {"sample_id": 1, "output": "yes", "latency_s": 0.5, "prompt_tokens": 3, "completion_tokens": 1}
    expected = Response("yes", latency_s=0.5, prompt_tokens=3, completion_tokens=1, cost_usd=0.1)
    assert respond(tmp_path, [row | {"cost_usd": 0.1}], ask()) == expected


def test_rows_are_found_by_task_before_those_of_any_task(tmp_path: Path) -> None:
    rows = [{"sample_id": "1", "output": "any"}, {"sample_id": "1", "task": "a", "output": "a"}]
    assert respond(tmp_path, rows, ask(task="a")).output == "a"
    assert respond(tmp_path, rows, ask(task="b")).output == "any"


def test_repeats_are_told_apart(tmp_path: Path) -> None:
    rows = [{"sample_id": "1", "output": "first"}, {"sample_id": "1", "repeat": 1, "output": "second"}]
    assert respond(tmp_path, rows, ask(repeat=1)).output == "second"


def test_a_missing_sample_is_an_error_that_names_it_and_the_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'2'.*r\.jsonl"):
        respond(tmp_path, [{"sample_id": "1", "output": "x"}], ask(sample_id="2"))


def test_a_recorded_error_stays_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="timed out"):
        respond(tmp_path, [{"sample_id": "1", "error": "timed out"}], ask())


def test_recorded_logprobs_choose_the_first_of_the_likeliest(tmp_path: Path) -> None:
    row = {"sample_id": "1", "choice_logprobs": [-2.0, -1.0, -1.0]}
    response = respond(tmp_path, [row], rank("x", "a", "b", "c"))
    assert (response.output, response.choice_logprobs) == ("b", (-2.0, -1.0, -1.0))


def test_logprobs_for_other_choices_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="choice"):
        respond(tmp_path, [{"sample_id": "1", "choice_logprobs": [-2.0]}], rank("x", "a", "b"))


@pytest.mark.parametrize(
    "line",
    [
        '{"sample_id": "2", "output": ',
        "[1]",
        '{"output": "x"}',
        '{"sample_id": "2"}',
        '{"sample_id": "2", "output": "x", "repeat": -1}',
    ],
)
def test_a_broken_line_is_named_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(ModelSpecError, match=r"r\.jsonl:2"):
        respond(tmp_path, [{"sample_id": "1", "output": "x"}, line], ask())


def test_a_row_that_stands_twice_names_both_lines(tmp_path: Path) -> None:
    rows = [{"sample_id": i, "output": "x"} for i in ("1", "2", "1")]
    with pytest.raises(ModelSpecError, match="1 and 3"):
        respond(tmp_path, rows, ask())


def test_rows_of_several_models_must_be_chosen_from(tmp_path: Path) -> None:
    rows = [{"sample_id": "1", "model": name, "output": name} for name in ("old", "new")]
    with pytest.raises(ModelSpecError, match="old, new"):
        respond(tmp_path, rows, ask())
    assert respond(tmp_path, rows, ask(), "?model=new").output == "new"
    with pytest.raises(ModelSpecError, match="did you mean new"):
        respond(tmp_path, rows, ask(), "?model=neu")


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ModelSpecError, match=r"none\.jsonl"):
        open_model(ModelSpec.parse("replay:none.jsonl"), ModelSettings(base_dir=tmp_path))


def test_a_row_of_the_chosen_model_that_stands_twice_is_refused_too(tmp_path: Path) -> None:
    rows = [{"sample_id": "1", "output": str(i), "model": model} for i, model in enumerate("aba")]
    with pytest.raises(ModelSpecError, match="lines 1 and 3"):
        respond(tmp_path, rows, ask(), "?model=a")


def test_a_logprob_of_null_stands_for_probability_zero(tmp_path: Path) -> None:
    row = {"sample_id": "1", "choice_logprobs": [None, -2.0]}
    response = respond(tmp_path, [row], rank("?", "a", "b"))
    assert (response.output, response.choice_logprobs) == ("b", (-math.inf, -2.0))


@pytest.mark.parametrize(
    "field",
    [{"latency_s": "fast"}, {"cost_usd": True}, {"prompt_tokens": 1.5}, {"choice_logprobs": ["a"]}],
    ids=str,
)
def test_a_field_that_is_no_number_is_named_with_its_line(tmp_path: Path, field: dict[str, Any]) -> None:
    with pytest.raises(ModelSpecError, match=rf"r\.jsonl:1: {next(iter(field))} .* is not a"):
        respond(tmp_path, [{"sample_id": "1", "output": "x", **field}], ask())


@pytest.mark.parametrize(
    ("models", "query", "revision"),
    [(("a-0314", "a-0314"), "", "a-0314"), ((None, None), "", None), (("a", "b"), "?model=b", "b")],
)
def test_the_model_that_the_rows_name_is_what_answered(
    tmp_path: Path, models: tuple[str | None, ...], query: str, revision: str | None
) -> None:
    rows = [{"sample_id": str(i), "output": "yes", "model": name} for i, name in enumerate(models)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    model = open_model(ModelSpec.parse(f"replay:r.jsonl{query}"), ModelSettings(base_dir=tmp_path))
    assert model.revision == revision


@pytest.mark.parametrize(
    "field",
    [{"prompt_tokens": 2**64 - 1}, {"completion_tokens": -1}, {"cost_usd": -0.5}, {"latency_s": 1e300},
     {"prompt_tokens": 1e30}, {"task": ["t"]}, {"model": {"a": 1}}, {"error": {"code": 1}}, {"repeat": 2**40},
     {"sample_id": ["a"]}, {"sample_id": None}],
    ids=str,
)  # fmt: skip
def test_a_value_that_no_answer_can_have_is_named_with_its_line(
    tmp_path: Path, field: dict[str, Any]
) -> None:
    rows = [{"sample_id": "a", "output": "x"}, {"sample_id": "b", "output": "x", **field}]
    with pytest.raises(ModelSpecError, match=rf"r\.jsonl:2: {next(iter(field))} .* is not a"):
        respond(tmp_path, rows, ask())


def test_a_row_may_have_every_field_of_a_response(tmp_path: Path) -> None:
    steps = [{"role": "assistant", "content": "looking"}, {"role": "tool", "content": "a cat"}]
    row = {
        "sample_id": 1,
        "output": "yes",
        "reasoning": "so",
        "finish_reason": "end_turn",
        "trajectory": steps,
    }
    found = respond(tmp_path, [row], ask())
    assert (found.reasoning, found.finish_reason) == ("so", "end_turn")
    assert [(each.role, each.content) for each in found.trajectory or ()] == [
        ("assistant", "looking"),
        ("tool", "a cat"),
    ]
