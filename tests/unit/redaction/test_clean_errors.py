"""What Python callers catch holds no key."""

from __future__ import annotations

import pytest

from evalkit.errors import TaskError, UsageError
from evalkit.redaction.clean_errors import clean_errors

KEY = "sk-c4nary-0f-walnut-77"


def test_an_error_goes_on_without_the_key_that_it_named() -> None:
    with pytest.raises(TaskError) as error, clean_errors():
        raise TaskError(f"{KEY} is not a task", where=KEY, hint=f"write {KEY}", key="model")
    assert "walnut" not in f"{error.value} {error.value!r} {error.value.args}"
    assert (error.value.what, error.value.key) == ("sk-… is not a task", "model")


def test_an_error_without_place_and_hint_keeps_none() -> None:
    with pytest.raises(UsageError) as error, clean_errors():
        raise UsageError("no model is given")
    assert str(error.value) == "no model is given"
