"""Command lines are stored without credentials."""

from __future__ import annotations

import pytest

from evalkit.redaction.redact import redact_all


@pytest.mark.parametrize(
    "argv",
    [
        ["--llm-model=openai/m?api_key=hidden"],
        ["--base-url=https://hidden@host/v1"],
        ["--base-url=https://user:hidden@host/v1"],
        ["--api-key", "hidden"],
        ["--github-token", "hidden"],
        ["-k", "sk-hidden-hidden"],
    ],
    ids=" ".join,
)
def test_no_credential_is_kept(argv: list[str]) -> None:
    assert "hidden" not in " ".join(redact_all(argv))


def test_what_is_no_credential_stays() -> None:
    argv = ["pytest", "-k", "key", "--llm-model=openai/m?base_url=http://127.0.0.1:1/v1&api_key_env=MY_KEY"]
    assert redact_all(argv) == tuple(argv)
