"""Whatever stands at an option of a data file: a FileFormat, or one DatasetError that names it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.datasets.fileformat import FileFormat
from evalkit.errors import DatasetError

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("int")
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2)


@given(st.sampled_from([each.name for each in fields(FileFormat)]), VALUES)
def test_an_option_takes_a_value_or_says_that_it_cannot(option: str, value: Any) -> None:
    with suppress(DatasetError):
        FileFormat.from_options({option: value}, "here")


@pytest.mark.parametrize(
    ("kind", "value"), [("int", float("inf")), ("json", "[" * 100_000), ("int", "9" * 5000)]
)
def test_a_value_that_its_type_cannot_hold_is_told(kind: str, value: Any) -> None:
    form = FileFormat.from_options({"types": {"a": kind}}, "here")
    with pytest.raises(ValueError, match=f"is not {kind}"):
        form.shape({"a": value}, 0)
