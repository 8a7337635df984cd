from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.document import read_documents
from evalkit.errors import TaskError


def value_of(text: str) -> object:
    (document,) = read_documents(text, "f.yaml", TaskError)
    return document.value


@pytest.mark.parametrize("word", ["yes", "No", "on", "OFF", "y", "n", "2024-01-01", "12:30", "007", "1_000"])
def test_words_that_yaml_1_1_would_change_stay_text(word: str) -> None:
    assert value_of(f"key: {word}") == {"key": word}


@pytest.mark.parametrize(
    "text, value",
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("0x1F", 31),
        ("0o17", 15),
        ("1e3", 1000.0),
        ("1.5e-3", 0.0015),
        ("-.inf", -math.inf),
        ("'1'", "1"),
        ('"true"', "true"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: bool | float | str | None) -> None:
    assert value_of(f"key: {text}") == {"key": value}


def test_merged_keys_yield_to_a_mappings_own() -> None:
    assert value_of("a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}") == {
        "a": {"x": 1, "y": 1},
        "b": {"x": 1, "y": 2},
    }


def test_a_path_leads_to_its_line_and_a_missing_step_to_the_deepest_line_there_is() -> None:
    (document,) = read_documents("a:\n  b:\n    - x\n    - y\n", "f.yaml", TaskError)
    assert document.where("a", "b", 1) == "f.yaml:4"
    assert document.where("a", "missing") == "f.yaml:1"


def test_a_document_of_comments_alone_is_no_document() -> None:
    assert read_documents("# nothing\n---\n# here\n", "f.yaml", TaskError) == []


@pytest.mark.parametrize(
    "text, where, what",
    [
        ("a: 1\nb: 2\na: 3", "f.yaml:3", "key 'a' appears twice"),
        ("a: [1,\nb: 2", "f.yaml:2", "malformed YAML"),
        ("ok: 1\na: !!python/object:os.system x", "f.yaml:2", "unknown YAML tag"),
        ("a: !include other.yaml", "f.yaml:1", "unknown YAML tag '!include'"),
        ("a: &loop [*loop]", "f.yaml:1", "contains itself"),
        ("a: 1\ninput: {{ text }}", "f.yaml:2", "key is not a text"),
        ("a: *nowhere", "f.yaml:1", "undefined alias"),
    ],
)
def test_a_broken_document_is_one_error_with_its_line(text: str, where: str, what: str) -> None:
    with pytest.raises(TaskError, match=what) as caught:
        read_documents(text, "f.yaml", TaskError)
    assert caught.value.where == where


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abyn0e.:#-+'\"{}[]&*!%é日 \n\t"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcxyz ", min_size=1), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abc", min_size=1), values, min_size=1))
def test_what_json_writes_is_read_back(value: dict[str, Any]) -> None:
    assert value_of(json.dumps(value, ensure_ascii=False)) == value
