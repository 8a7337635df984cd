"""Clients of AWS with credentials of their own."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    "AWS_REGION": REGION,
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the environment alone."""
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


_SESSION: list[Any] = []


def client(service: str, root: str) -> Any:
    """boto3's; the session, which reads its data anew, is kept."""
    if not _SESSION:
        _SESSION.append(boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION))
    config = Config(retries={"max_attempts": 0, "mode": "standard"})
    return _SESSION[0].client(service, endpoint_url=root, config=config)
