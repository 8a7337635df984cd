"""json_schema and json_fields."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import ScorerError, TaskError
from evalkit.scorers.structured.engine.json_text import read_json
from tests.unit.scorers.scoring import score_of

ORDER = {
    "type": "object",
    "required": ["id", "lines"],
    "properties": {
        "id": {"type": "integer"},
        "lines": {"type": "array", "items": {"type": "object", "required": ["sku"]}},
    },
}


@pytest.mark.parametrize(
    "output",
    [
        '{"id": 1, "lines": []}',
        ' \n{"id": 1, "lines": []}\n',
        'Here it is:\n```json\n{"id": 1, "lines": []}\n```\nAnything else?',
        '```\n{"id": 1,\r\n "lines": []}\n```',
        '```python\nprint(1)\n```\n```json\n{"id": 1, "lines": []}\n```',
    ],
)
def test_json_is_found_bare_and_in_a_fenced_block(output: str) -> None:
    assert score_of("json_schema", output, schema=ORDER).value == 1


@pytest.mark.parametrize(
    "output, explanation",
    [
        ("no JSON at all", "'no JSON at all' is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ('The order: {"id": 1, "lines": []}', "is not JSON"),
        ('{"id": 1, "lines": [', "is not JSON"),
        ('{"id": NaN, "lines": []}', "NaN is not a JSON value"),
        ("[" * 100_000, "nested too deeply"),
        ("", "is not JSON"),
        ('{"id": "1", "lines": []}', "$.id: '1' is not of type 'integer'"),
        ('{"id": 1, "lines": [{"sku": 1}, {}]}', "$.lines[1]: 'sku' is a required property"),
    ],
)
def test_what_does_not_fit_is_zero_and_says_where(output: str, explanation: str) -> None:
    score = score_of("json_schema", output, schema=ORDER)
    assert score.value == 0
    assert explanation in (score.explanation or "")


def test_a_long_error_is_cut() -> None:
    explanation = score_of("json_schema", f'{{"id": "{"x" * 5000}", "lines": []}}', schema=ORDER).explanation
    assert len(explanation or "") < 250


def test_without_schema_any_json_will_do() -> None:
    assert score_of("json_schema", "[1, null]").value == 1


def test_a_bare_value_is_the_schema() -> None:
    assert score_of("json_schema", "3", value={"type": "string"}).value == 0


@pytest.mark.parametrize(
    "schema, message",
    [({"type": "objekt"}, r"the schema is wrong at \$\.type: 'objekt'"), ("order.json", "not a mapping")],
)
def test_a_wrong_schema_is_a_task_error(schema: object, message: str) -> None:
    with pytest.raises(TaskError, match=message):
        score_of("json_schema", "{}", schema=schema)


def test_a_reference_to_another_document_is_an_error_and_never_fetched() -> None:
    with pytest.raises(ScorerError, match=r"http://127\.0\.0\.1:9/order\.json"):
        score_of("json_schema", "{}", schema={"$ref": "http://127.0.0.1:9/order.json"})


def test_a_reference_to_the_meta_schema_is_known() -> None:
    meta = {"$ref": "https://json-schema.org/draft/2020-12/schema"}
    assert score_of("json_schema", '{"type": "string"}', schema=meta).value == 1


@given(st.text(max_size=40))
def test_reading_any_text_gives_json_or_a_value_error(text: str) -> None:
    try:
        document, _ = read_json(text)
    except ValueError:
        return
    assert read_json(json.dumps(document))[0] == document


TARGET = {"name": "Ann", "total": 12.5, "tags": ["a", "b"], "address": {"city": "Bern"}}
RIGHT = '{"name": "Ann", "total": 12.5, "tags": ["a", "b"], "address": {"city": "Bern"}, "more": 1}'


def test_all_fields_right_is_one_and_further_fields_do_not_matter() -> None:
    score = score_of("json_fields", RIGHT, TARGET)
    assert (score.value, score.explanation) == (1, None)


def test_the_value_is_the_share_of_right_fields_and_the_wrong_ones_are_named() -> None:
    score = score_of("json_fields", '{"name": "Bob", "total": 12.5, "tags": ["a", "b"]}', TARGET)
    assert score.value == 0.5
    assert (
        score.explanation
        == "name is 'Bob' (expected 'Ann'); address is missing (expected {\"city\": \"Bern\"})"
    )


def test_fields_limits_what_counts() -> None:
    assert score_of("json_fields", '{"name": "Ann"}', TARGET, fields=["name"]).value == 1


def test_numbers_may_be_apart_by_the_tolerance_nested_ones_too() -> None:
    target = {"total": 100, "parts": [{"x": 1.0}]}
    output = '{"total": 101, "parts": [{"x": 1.01}]}'
    assert score_of("json_fields", output, target).value == 0
    assert score_of("json_fields", output, target, rel_tol=0.01).value == 1


def test_ignore_case_holds_for_texts() -> None:
    assert score_of("json_fields", '{"name": " ANN "}', {"name": "Ann"}, ignore_case=True).value == 1
    assert score_of("json_fields", '{"name": "ANN"}', {"name": "Ann"}).value == 0


@pytest.mark.parametrize(
    "output, target",
    [
        ('{"a": "1"}', {"a": 1}),
        ('{"a": true}', {"a": 1}),
        ('{"a": 1}', {"a": True}),
        ('{"a": null}', {"a": ""}),
        ("{}", {"a": None}),
        ('{"a": [1, 2]}', {"a": [1]}),
        ('{"a": {"b": 1, "c": 2}}', {"a": {"b": 1}}),
    ],
)
def test_values_of_another_type_or_shape_are_wrong(output: str, target: object) -> None:
    assert score_of("json_fields", output, target).value == 0


def test_null_matches_null() -> None:
    assert score_of("json_fields", '{"a": null}', {"a": None}).value == 1


def test_a_target_may_be_json_text() -> None:
    assert score_of("json_fields", '{"a": 1}', '{"a": 1}').value == 1


@pytest.mark.parametrize("output", ["[1]", "3", "no JSON"])
def test_output_that_is_no_object_is_zero(output: str) -> None:
    assert score_of("json_fields", output, TARGET).value == 0


@pytest.mark.parametrize("target", [None, {}, [1], "no JSON", 3])
def test_a_target_without_fields_is_an_error(target: object) -> None:
    with pytest.raises(ScorerError):
        score_of("json_fields", RIGHT, target)


def test_a_field_that_the_target_lacks_is_an_error() -> None:
    with pytest.raises(ScorerError, match="no field 'age'"):
        score_of("json_fields", RIGHT, TARGET, fields=["age"])
