"""Keys of AWS in the environment are those that botocore finds there."""

from __future__ import annotations

import botocore.session
import pytest

from evalkit.models.wire.aws import keys_in_environment

KEYS = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "secret/+="}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An environment without anything of AWS."""
    for name in ("SESSION_TOKEN", "SECURITY_TOKEN", "PROFILE", "DEFAULT_PROFILE", "CREDENTIAL_EXPIRATION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path_factory.getbasetemp() / "absent"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"AWS_SESSION_TOKEN": "token"},
        {"AWS_SECURITY_TOKEN": "older"},
        {"AWS_SESSION_TOKEN": "token", "AWS_SECURITY_TOKEN": "older"},
        {"AWS_SESSION_TOKEN": "token", "AWS_SECURITY_TOKEN": ""},
    ],
)
def test_they_are_those_of_botocore(monkeypatch: pytest.MonkeyPatch, more: dict[str, str]) -> None:
    for name, value in {**KEYS, **more}.items():
        monkeypatch.setenv(name, value)
    credentials = botocore.session.Session().get_credentials()
    assert credentials is not None
    theirs = credentials.get_frozen_credentials()
    found = keys_in_environment()
    assert found is not None
    assert found[:2] == (theirs.access_key, theirs.secret_key)
    assert found.token == (theirs.token or None)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"AWS_ACCESS_KEY_ID": "AK"},
        {**KEYS, "AWS_SECRET_ACCESS_KEY": ""},
        {**KEYS, "AWS_PROFILE": "other"},
        {**KEYS, "AWS_CREDENTIAL_EXPIRATION": "2099-01-01T00:00:00Z"},
    ],
)
def test_what_is_more_than_two_keys_is_left_to_botocore(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert keys_in_environment() is None
