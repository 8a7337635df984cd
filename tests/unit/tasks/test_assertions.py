from __future__ import annotations

from typing import Any

import pytest

from evalkit.core.sample import Assertion
from evalkit.errors import TaskError
from evalkit.tasks.assertions import parse_assertions


@pytest.mark.parametrize(
    "entry, expected",
    [
        ({"contains": "refund"}, Assertion("contains", {"value": "refund"})),
        ({"not_contains": ["a", "b"]}, Assertion("not_contains", {"value": ["a", "b"]})),
        ({"equals": 0}, Assertion("equals", {"value": 0})),
        ({"regex": {"pattern": "x", "flags": "i"}}, Assertion("regex", {"pattern": "x", "flags": "i"})),
        ({"json_schema": {"type": "object"}}, Assertion("json_schema", {"value": {"type": "object"}})),
        ({"json_fields": {"name": "Ada"}}, Assertion("json_fields", {"value": {"name": "Ada"}})),
        ({"refuses": None}, Assertion("refuses")),
        ("no_pii", Assertion("no_pii")),
    ],
)
def test_an_entry_is_a_name_with_its_parameters(entry: dict[str, Any] | str, expected: Assertion) -> None:
    assert parse_assertions([entry], "f") == (expected,)


def test_no_list_is_no_assertion() -> None:
    assert parse_assertions(None, "f") == parse_assertions([], "f") == ()


@pytest.mark.parametrize("value", ["contains", {"contains": "a"}, [5], [{"a": 1, "b": 2}], [""], [{}]])
def test_any_other_shape_is_an_error_at_its_place(
    value: dict[str, str] | list[dict[str, int] | int | str] | str,
) -> None:
    with pytest.raises(TaskError) as caught:
        parse_assertions(value, "sample 3")
    assert (caught.value.where, caught.value.key) == ("sample 3", "assert")
