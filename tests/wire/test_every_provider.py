"""What all providers over HTTP have in common: what they fill, what they declare, what they never import."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest

from evalkit.core.needs import EVERYTHING
from evalkit.models.wire.http_model import Vendor
from evalkit.registry import MODELS
from tests.architecture.tree import ROOT
from tests.loopback import Reply
from tests.wire.aws import credentials as credentials
from tests.wire.every_provider import PROVIDERS, SDKS
from tests.wire.requests import REQUESTS
from tests.wire.talk import respond

#: Vendors that ask for no key, or for a signature.
WITHOUT_KEY = frozenset({"bedrock", "ollama", "sagemaker"})

_ASK_ALL = """
import asyncio, json, sys
from evalkit.core.subject import ModelSpec
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from tests.loopback import serving
from tests.wire.every_provider import PROVIDERS, SDKS, answering
from tests.wire.requests import REQUESTS
from tests.wire.talk import root_of

async def run():
    outputs = []
    async with serving(answering) as server:
        for provider in PROVIDERS.values():
            spec = ModelSpec.parse(provider.spec.replace("{root}", root_of(server.base_url)))
            model = open_model(spec, ModelSettings(is_offline=True))
            outputs.append((await model.respond(REQUESTS["tool_result"])).output)
            await model.close()
    return outputs

print(json.dumps([asyncio.run(run()), sorted(SDKS & set(sys.modules))]))
"""


def test_no_provider_imports_an_sdk_to_ask() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ASK_ALL], cwd=ROOT, capture_output=True, text=True, check=True
    )
    outputs, imported = json.loads(done.stdout)
    assert outputs == ["Hello."] * len(PROVIDERS)
    assert imported == []


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_the_same_columns_are_filled_by_all(name: str) -> None:
    provider = PROVIDERS[name]
    reply = Reply(provider.answer, headers=provider.headers)
    found, _ = respond(reply, REQUESTS["tool_result"], provider.spec)
    assert (found.output, found.reasoning) == ("Hello.", "Hm.")
    assert found.tool_calls is not None
    assert found.tool_calls[0] == {
        "id": "c1",
        "type": "function",
        "function": {"name": "f", "arguments": "{}"},
        **({"extra_content": found.tool_calls[0]["extra_content"]} if name == "anthropic" else {}),
    }
    assert (found.prompt_tokens, found.completion_tokens) == (8, 5)
    assert found.model_revision == "served-1"
    told = {"cached_tokens": 4, "reasoning_tokens": 2, "request_id": "r1"}
    assert {column: getattr(found, column) for column in told} == told | dict.fromkeys(provider.untold)
    assert found.finish_reason is not None
    assert found.vendor_finish_reason is not None


@pytest.mark.parametrize("name", sorted({spec.spec.partition("/")[0] for spec in PROVIDERS.values()}))
def test_a_provider_declares_what_a_table_of_them_needs(name: str) -> None:
    vendor = import_module(MODELS.builtin[name].partition(":")[0]).VENDOR
    assert isinstance(vendor, Vendor)
    assert vendor.provider == name
    assert vendor.carries <= EVERYTHING
    assert (vendor.key_env is None) is (name in WITHOUT_KEY)


def test_libraries_that_must_not_be_imported_are_named_as_they_are_imported() -> None:
    assert {"anthropic", "google.genai", "openai"} <= SDKS
