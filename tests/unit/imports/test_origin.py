"""What is kept of the origin's words, and what never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.imports.origin import chat_text, file_moment, message, moment, redact, settings, word


def test_only_settings_that_change_answers_are_kept() -> None:
    given = {
        "temperature": 0.5, "api_key": "sk-abcdefghijklmnop", "headers": {"Authorization": "Bearer x"},
        "env": {"A": "b"},
        "base_url": "http://user:pw@host", "max_tokens": 9, "stop": None, "top_p": 1,
    }  # fmt: skip
    assert settings(given, {"temperature": 0.7}, None) == {"max_tokens": 9, "temperature": 0.7, "top_p": 1}


@pytest.mark.parametrize(
    "text",
    [
        "401: api_key=sk-123456789012345 was refused",
        'bad header "Authorization": "Bearer abcdefghijklmnop"',
        "cannot reach https://me:hunter2secret@host/v1",
        "Incorrect API key provided: sk-proj-abcdefghijklmnop",
        "OPENAI_API_KEY: abcdefghijkl",
        "token ghp_abcdefghijklmnopqrstuv expired",
    ],
)
def test_what_looks_like_a_credential_is_taken_out(text: str) -> None:
    shown = redact(text)
    assert "…" in shown
    for secret in ("123456789", "abcdefghijkl", "hunter2secret"):
        assert secret not in shown


def test_a_message_is_its_first_line_up_to_an_object() -> None:
    assert message('Error: no answer {"config":{"apiKey":"x"}}\n  at line 3') == "Error: no answer"
    assert message("\n  two   words \n") == "two words"
    assert message("x" * 400) == "x" * 300 + "…"
    assert message('{"error": 1}') == "failed"
    assert message("") == "failed"


def test_a_name_can_stand_in_a_gate() -> None:
    assert [word(text) for text in ("Answer Relevancy", "exact_match/strict", "a,b(c)", "?")] == [
        "Answer_Relevancy", "exact_match/strict", "a_b_c", "score",
    ]  # fmt: skip


def test_times_are_read_as_the_tools_write_them(tmp_path: Path) -> None:
    assert (
        moment("2026-11-24T23:15:56+00:00") == moment("2026-11-24T23:15:56Z") == moment("2026-11-24 23:15:56")
    )
    assert moment("2026-11-24 23:15:56") == 1795562156.0
    assert (moment(1795562156.5), moment("soon"), moment(None), moment(True)) == (
        1795562156.5,
        None,
        None,
        None,
    )
    for name in (
        "a_2026-11-24T23-15-56.1.json",
        "test_run_20261124_231556.json",
        "r_11-24-2026-23-15-56.json",
    ):
        assert file_moment(Path(name)) == 1795562156.0
    (tmp_path / "results.json").touch()
    assert file_moment(tmp_path / "results.json") > 1.7e9


def test_a_chat_is_one_text() -> None:
    assert chat_text("plain") == "plain"
    assert chat_text([{"role": "user", "content": "one"}]) == "one"
    parts = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": [{"type": "text", "text": "hi"}]},
    ]
    assert chat_text(parts) == "system: be brief\nuser: hi"
    assert chat_text(None) == ""
