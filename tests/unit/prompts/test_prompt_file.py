from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.prompt import Prompt
from evalkit.errors import TemplateError
from evalkit.prompts.file import load_prompt


def test_a_prompt_file_is_read_with_its_roles_and_hashed_by_its_text(tmp_path: Path) -> None:
    text = "{# terse #}\nsystem:\nBe brief.\nuser:\n{{ input }}\n"
    path = tmp_path / "terse.jinja"
    path.write_text(text, encoding="utf-8")
    prompt = load_prompt("terse", path)
    assert [turn.role for turn in prompt.turns] == ["system", "user"]
    assert (prompt.name, prompt.prompt_hash) == ("terse", Prompt.parse(text).prompt_hash)


@pytest.mark.parametrize(
    "content, what",
    [
        (b" \n", "is empty"),
        (b"\xff", "not UTF-8"),
        (b"{% if", "cannot be read"),
        (b"x\nuser:\ny", "first role"),
    ],
)
def test_a_broken_prompt_file_is_one_error_that_names_it(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "broken.jinja"
    path.write_bytes(content)
    with pytest.raises(TemplateError, match=what) as caught:
        load_prompt("broken", path)
    assert str(path) in str(caught.value.where)


def test_a_missing_prompt_file_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="cannot be read: No such file"):
        load_prompt("none", tmp_path / "none.jinja")
