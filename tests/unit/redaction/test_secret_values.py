"""What an answer holds of the key that it was asked with."""

from __future__ import annotations

import orjson
import pytest

from evalkit.redaction.secret_values import SecretValues, is_secret

KEY = "sk-canary/1234"


@pytest.mark.parametrize(
    "raw",
    [
        orjson.dumps({"a": [KEY]}),
        orjson.dumps({KEY: 1}),
        b'{"a": "sk-canary\\/1234"}',
        b'{"a": "sk\\u002dcanary/1234"}',
    ],
    ids=["text", "name", "escaped slash", "escaped dash"],
)
def test_however_json_writes_it_it_is_cut_from_the_answer(raw: bytes) -> None:
    keys = SecretValues([KEY])
    assert keys.may_be_in(raw)
    assert "canary" not in str(keys.cut_all(orjson.loads(raw)))


def test_an_answer_without_it_is_not_walked_through() -> None:
    raw = orjson.dumps({"text": 'line\nline "quoted" é 0123abcd', "image": "iVBORw0KGgo="})
    assert not SecretValues([KEY]).may_be_in(raw)


@pytest.mark.parametrize("key", ["anything", "Production", "12345678", "short-1"])
def test_an_ordinary_word_or_number_is_no_key_that_answers_would_lose(key: str) -> None:
    assert not is_secret(key)
