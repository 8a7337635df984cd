"""Records that are made for every answer."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, field, fields, replace
from typing import Any

import pytest

from evalkit.core.frozen import frozen
from evalkit.core.response import Response


@frozen(slots=True, quick=True)
class Record:
    name: str
    size: int = 3
    parts: dict[str, int] = field(default_factory=dict)


def test_it_is_filled_by_position_by_name_and_from_defaults() -> None:
    assert Record("a") == Record("a", 3, {}) == Record(size=3, name="a", parts={})


def test_each_has_a_default_of_its_own() -> None:
    assert Record("a").parts is not Record("a").parts


def test_it_cannot_be_changed_once_it_is_made() -> None:
    with pytest.raises(FrozenInstanceError):
        Record("a").name = "b"  # type: ignore[misc]


def test_a_value_that_is_missing_is_an_error_of_the_call() -> None:
    with pytest.raises(TypeError, match="name"):
        Record()  # type: ignore[call-arg]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_copies_are_equal_and_of_its_class(copied: Any) -> None:
    record = Record("a", 1, {"b": 2})
    assert type(copied(record)) is Record
    assert copied(record) == record


def test_what_is_replaced_leaves_the_rest() -> None:
    assert replace(Record("a", 1), size=2) == Record("a", 2)


def test_its_signature_is_that_of_the_dataclass() -> None:
    assert str(inspect.signature(Response)).startswith("(output: 'str | None' = None, sample_id: 'str' = ''")


def test_every_field_of_a_response_takes_the_value_that_is_given_for_it() -> None:
    kind: Any = Response
    names = [each.name for each in fields(kind)]
    made = kind(**{name: name for name in names})
    assert [getattr(made, name) for name in names] == names
