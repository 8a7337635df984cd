"""Credentials are cut from messages, and nothing else is."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

import pytest

from evalkit.redaction.redact import environment_secrets, holds_key, redact, redact_all

#: The part that no text may keep.
HIDDEN = "Hid3nHid3nHid3nHid3nHid3nHid3n"

SHAPES = [
    f"refused sk-{HIDDEN}",
    f"sk-ant-api03-{HIDDEN}",
    f"sk-proj-{HIDDEN}",
    f"sk_live_{HIDDEN}",
    f"hf_{HIDDEN}",
    f"ghp_{HIDDEN}",
    f"gho_{HIDDEN}",
    f"ghs_{HIDDEN}",
    f"github_pat_{HIDDEN}",
    f"glpat-{HIDDEN}",
    f"xoxb-1-{HIDDEN}",
    f"AIza{HIDDEN}",
    "AKIAHID3NHID3NHID3NH",
    "ASIAHID3NHID3NHID3NH",
    f"eyJhbGciOiJI.eyJ{HIDDEN}.{HIDDEN}",
    f"Bearer {HIDDEN}",
    f"Authorization: Bearer {HIDDEN}",
    f"Authorization: Basic {HIDDEN}=",
    f"basic {HIDDEN}=",
    f"{{'Authorization': 'Bearer {HIDDEN}'}}",
    f'{{"api_key": "{HIDDEN}"}}',
    f'{{\\"api_key\\": \\"{HIDDEN}\\"}}',
    f"http://h/p?X-Amz-Signature={HIDDEN}",
    f"X-Amz-Credential={HIDDEN}/2026",
    f"https://h/?sig={HIDDEN}&x=1",
    f"https://h/?code={HIDDEN}",
    f"pwd={HIDDEN};",
    f"auth={HIDDEN}",
    f"credential={HIDDEN}",
    f"password: {HIDDEN}",
    f"token={HIDDEN}",
    f"key={HIDDEN}",
    f"http://me:{HIDDEN}@host/v1",
    f"http://me:p@{HIDDEN}@host/v1",
    f"-----BEGIN RSA PRIVATE KEY-----\n{HIDDEN}\n-----END RSA PRIVATE KEY-----",
    f"x-api-key: {HIDDEN}",
    f"-----BEGIN PRIVATE KEY-----\\n{HIDDEN}",
]

#: Messages that lose their meaning with a word.
PLAIN = [
    "HTTP 429 from api.openai.com: Rate limit reached (after 6 attempts)",
    "Error code: 400 - status_code=500, code=3, max_tokens: 5, prompt_tokens=7",
    "Basic authentication is required, or bearer authentication",
    "KeyError: 'name'; unknown key 'tokens' (did you mean token?)",
    "commit 0123456789abcdef0123456789abcdef01234567 of https://host/a/b?x=1#y",
    "sample 'task-1': sklearn's disk-based password store",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
]


@pytest.mark.parametrize("text", SHAPES)
def test_a_credential_is_cut(text: str) -> None:
    found = redact(f"before {text} after")
    assert "Hid3n" not in found
    assert "HID3N" not in found
    assert found.startswith("before ")


@pytest.mark.parametrize("text", PLAIN)
def test_a_message_without_one_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("name", ["MY_API_KEY", "DB_PASSWORD", "GH_TOKEN", "client_secret", "BASIC_AUTH"])
def test_the_value_of_a_variable_for_keys_is_cut_in_each_of_its_forms(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = "Qx7/tulip+9 mango"
    monkeypatch.setenv(name, value)
    for form in (value, quote(value), quote(value, safe=""), "Qx7%2ftulip%2b9%20mango"):
        assert redact(f"<{form}>") == "<…>"
    for before in ("", "a", "ab"):
        told = b64encode(f"{before}{value}z".encode()).decode()
        assert told[4:-5] not in redact(told)


@pytest.mark.parametrize(
    "name, value",
    [
        ("AUTH_SOCK", "/tmp/agent.1234"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("MAX_TOKENS", "1048576"),
        ("AUTH_MODE", "production"),
        ("GIT_AUTHOR_NAME", "Ada Lovelace 3rd"),
        ("KEYCLOAK_URL", "https://login.example.com/realms/main"),
        ("API_KEY", "short1"),
        ("AUTH_REGION", "eu-west-1"),
        ("AUTH0_DOMAIN", "shop.eu.auth0.com"),
    ],
)
def test_a_variable_that_holds_a_path_a_number_or_a_word_cuts_nothing(name: str, value: str) -> None:
    assert environment_secrets({name: value}).cut(f"it said {value}.") == f"it said {value}."


def test_each_of_several_keys_in_one_variable_is_cut() -> None:
    secrets = environment_secrets({"API_KEYS": "first-key-123,second-key-456"})
    assert secrets.cut("second-key-456") == "…"


def test_half_a_key_at_the_end_of_a_very_long_text_is_cut() -> None:
    assert "Hid3n" not in redact("x" * 30 + " " + " ".join(f"sk-{HIDDEN}" for _ in range(1000)))


def test_a_command_line_loses_what_follows_the_option_of_a_key() -> None:
    assert redact_all(["--api-key", "a b", "--basic-auth", "me:pw", "-k", "key"]) == (
        "--api-key", "…", "--basic-auth", "…", "-k", "key",
    )  # fmt: skip


def test_a_key_in_a_name_is_seen_and_a_word_like_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "canary-1234567890")
    monkeypatch.setenv("AUTH_POOL", "my-vault-prod")
    assert holds_key("openai/m?base_url=http://h/canary-1234567890/v1")
    assert not holds_key("openai/m?base_url=http://my-vault-prod/v1")
    assert holds_key(f"openai/sk-{HIDDEN}")
    assert not holds_key("python:my_token:answer")
    assert not holds_key("openai/m?base_url=http://h/v1&api_key_env=MY_KEY")
