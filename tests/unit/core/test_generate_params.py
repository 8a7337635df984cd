"""A task's ``generate:`` is checked before anything is asked."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.request import GenerateParams
from evalkit.errors import TaskError


@pytest.mark.parametrize(
    "key, value",
    [
        ("max_tokens", 0),
        ("max_tokens", 16.0),
        ("max_tokens", True),
        ("max_tokens", None),
        ("temperature", -1),
        ("temperature", float("nan")),
        ("temperature", "hot"),
        ("stop", [1]),
        ("stop", ""),
        ("seed", 1.5),
        ("top_p", 0),
        ("top_p", 1.1),
    ],
)
def test_a_value_that_no_server_takes_is_refused_by_its_key(key: str, value: Any) -> None:
    with pytest.raises(TaskError, match=f"generate {key} .* is not a") as caught:
        GenerateParams.from_mapping({key: value})
    assert caught.value.key == f"generate.{key}"


def test_whole_numbers_and_single_texts_are_taken_as_they_are_meant() -> None:
    params = GenerateParams.from_mapping({"temperature": 0, "stop": "END", "top_p": 1, "seed": None})
    assert params == GenerateParams(temperature=0.0, stop=("END",), top_p=1.0)
    assert GenerateParams.from_mapping({"temperature": 0}).as_dict() == GenerateParams().as_dict()
