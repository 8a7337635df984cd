"""The table of providers in docs/reference/models.md, made from what each of them declares."""

from __future__ import annotations

from importlib import import_module

from evalkit.core.needs import Need
from evalkit.models.wire.http_model import Vendor
from evalkit.registry import MODELS

HEADER = ("provider", "extra", "images", "tools", "schema", "thinking", "stream", "log-likelihoods", "batch",
          "shown by")  # fmt: skip

#: How each is shown to do what it says: the vendor's own client sends the same bodies to the same server.
WITNESS = {
    "any": "any-llm on a loopback server (`make frameworks`)",
    "anthropic": "anthropic",
    "azure": "openai",
    "bedrock": "boto3",
    "gemini": "google-genai",
    "hf_inference": "huggingface_hub",
    "mistral": "mistralai",
    "ollama": "ollama",
    "openai": "openai",
    "sagemaker": "boto3",
}

#: Those that run in this process or read what was recorded: what they carry depends on weights or code.
IN_PROCESS = {
    "hf": (
        "`hf`",
        "",
        "by template",
        "",
        "",
        "",
        "yes",
        "",
        "transformers' own answers (`make hf`), lm-evaluation-harness (`make agreement`)",
    ),
    "llamacpp": ("`local`", "", "by template", "yes", "", "", "yes", "", "lm-evaluation-harness"),
    "local": ("`local`", "", "by template", "yes", "", "", "yes", "", "lm-evaluation-harness"),
    "python": ("", "yes", "yes", "yes", "yes", "", "what it returns", "", "LangChain, LlamaIndex"),
    "replay": ("", "yes", "yes", "yes", "yes", "", "what was recorded", "", "recorded outputs"),
}


def provider_table() -> str:
    """As it stands in the page: a row for each provider that comes with evalkit, by name."""
    rows = [(f"`{name}/`", *_cells(name)) for name in sorted(MODELS.builtin)]
    lines = [HEADER, ("---",) * len(HEADER), *rows]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |").replace("|  |", "| |") for row in lines)


def _cells(name: str) -> tuple[str, ...]:
    if name in IN_PROCESS:
        return IN_PROCESS[name]
    vendor: Vendor = import_module(MODELS.builtin[name].partition(":")[0]).VENDOR

    def has(need: Need) -> str:
        return "yes" if need in vendor.carries else ""

    thinking = [has("reasoning_effort") and "effort", has("reasoning_budget") and "budget"]
    return (
        f"`{vendor.extra}`" if vendor.extra else "",
        has("image"),
        has("tools"),
        has("response_format"),
        ", ".join(filter(None, thinking)),
        "yes" if vendor.streams else "",
        vendor.ranks,
        "yes" if vendor.batches else "",
        WITNESS[name],
    )
