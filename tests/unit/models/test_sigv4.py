"""Signatures of AWS are those that botocore makes."""

from __future__ import annotations

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from evalkit.models.wire.sigv4 import Keys, Scope, signed

MOMENT = "20260102T030405Z"


@pytest.mark.parametrize("token", [None, "session/token+=="])
@pytest.mark.parametrize(
    "url",
    [
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-v1%3A0/converse",
        "https://bedrock-runtime.eu-west-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3A%3A1%3Ax%2Fy/converse-stream",
        "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/my~endpoint/invocations",
        "http://127.0.0.1:8080/endpoints/e/invocations",
        "https://vpce.example.com:443/",
        "https://vpce.example.com",
    ],
)
def test_a_signature_is_that_of_botocore(url: str, token: str | None) -> None:
    headers = {"content-type": "application/json", "x-amzn-sagemaker-inference-component": "c"}
    request = AWSRequest("POST", url, headers=headers, data=b'{"a": 1}')
    signer = botocore.auth.SigV4Auth(Credentials("AK", "secret", token), "bedrock", "us-east-1")
    request.context["timestamp"] = MOMENT
    request.headers["X-Amz-Date"] = MOMENT
    if token:
        request.headers["X-Amz-Security-Token"] = token
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
    found = signed(
        url, b'{"a": 1}', headers, Keys("AK", "secret", token), Scope("us-east-1", "bedrock"), MOMENT
    )
    assert found["Authorization"] == request.headers["Authorization"]
