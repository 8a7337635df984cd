"""For each provider over HTTP a spec of the loopback server, and an answer that says all there is to say.

No vendor's library is imported here: one test looks at what a process has loaded that asks all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.loopback import Call, Reply


class Provider(NamedTuple):
    """``{root}`` in the spec is the server's address; the path of each call ends in ``ending``.

    Attributes:
        untold: columns that the vendor has nothing for.
        headers: of the answer.
    """

    spec: str
    ending: str
    answer: Any
    untold: frozenset[str] = frozenset()
    headers: Mapping[str, str] = MappingProxyType({})


_CHAT = {
    "id": "r1",
    "model": "served-1",
    "choices": [
        {
            "message": {
                "role": "assistant",
                "content": "Hello.",
                "reasoning_content": "Hm.",
                "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            },
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {
        "prompt_tokens": 8,
        "completion_tokens": 5,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 2},
    },
}
_RESPONSE = {
    "id": "r1",
    "model": "served-1",
    "status": "completed",
    "output": [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "message", "content": [{"type": "output_text", "text": "Hello."}]},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
    ],
    "usage": {
        "input_tokens": 8,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
    },
}
_MESSAGE = {
    "id": "r1",
    "model": "served-1",
    "content": [
        {"type": "thinking", "thinking": "Hm.", "signature": ""},
        {"type": "text", "text": "Hello."},
        {"type": "tool_use", "id": "c1", "name": "f", "input": {}},
    ],
    "stop_reason": "tool_use",
    "usage": {
        "input_tokens": 4,
        "cache_read_input_tokens": 4,
        "output_tokens": 5,
        "output_tokens_details": {"thinking_tokens": 2},
    },
}
_CONTENT = {
    "responseId": "r1",
    "modelVersion": "served-1",
    "candidates": [
        {
            "content": {
                "parts": [
                    {"text": "Hm.", "thought": True},
                    {"text": "Hello."},
                    {"functionCall": {"id": "c1", "name": "f", "args": {}}},
                ]
            },
            "finishReason": "STOP",
        }
    ],
    "usageMetadata": {
        "promptTokenCount": 8,
        "cachedContentTokenCount": 4,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 2,
    },
}

_LOCAL = {
    "model": "m",
    "message": {
        "role": "assistant",
        "content": "Hello.",
        "thinking": "Hm.",
        "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": {}}}],
    },
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 8,
    "eval_count": 5,
}
_CONVERSE = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "Hm."}}},
                {"text": "Hello."},
                {"toolUse": {"toolUseId": "c1", "name": "f", "input": {}}},
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": {"inputTokens": 4, "cacheReadInputTokens": 4, "outputTokens": 5, "totalTokens": 13},
}
_NO_REASONING_TOKENS = frozenset({"reasoning_tokens"})
_REQUEST_ID = {"x-amzn-RequestId": "r1"}

PROVIDERS: Mapping[str, Provider] = {
    "openai": Provider("openai/m?base_url={root}/v1", "/v1/chat/completions", _CHAT),
    "mistral": Provider("mistral/m?base_url={root}/v1", "/v1/chat/completions", _CHAT),
    "hf_inference": Provider("hf_inference/o/m?base_url={root}/v1", "/v1/chat/completions", _CHAT),
    "sagemaker": Provider("sagemaker/e?base_url={root}", "/endpoints/e/invocations", _CHAT),
    "bedrock": Provider(
        "bedrock/m?base_url={root}&revision=served-1",
        "/converse",
        _CONVERSE,
        _NO_REASONING_TOKENS,
        _REQUEST_ID,
    ),
    "ollama": Provider(
        "ollama/m?base_url={root}&revision=served-1",
        "/api/chat",
        _LOCAL,
        frozenset({"cached_tokens", "reasoning_tokens", "request_id"}),
    ),
    "openai responses": Provider("openai/m?base_url={root}/v1&api=responses", "/responses", _RESPONSE),
    "azure": Provider("azure/d?base_url={root}&api_version=v", "/deployments/d/chat/completions", _CHAT),
    "anthropic": Provider("anthropic/claude-opus-5?base_url={root}/v1", "/messages", _MESSAGE),
    "gemini": Provider("gemini/gemini-3-pro?base_url={root}/v1", ":generateContent", _CONTENT),
}

#: Libraries of vendors, and what comes with them; botocore, which finds credentials of AWS, is none of these.
SDKS = frozenset({
    "any_llm", "anthropic", "azure", "boto3", "google.auth", "google.genai", "httpx", "httpx2",
    "huggingface_hub", "langchain_core", "llama_index", "mistralai", "msal", "ollama", "openai", "requests",
})  # fmt: skip


def answering(call: Call) -> Reply:
    """The answer of the provider whose path is asked."""
    found = next(each for each in PROVIDERS.values() if call.path.endswith(each.ending))
    return Reply(found.answer, headers=found.headers)
