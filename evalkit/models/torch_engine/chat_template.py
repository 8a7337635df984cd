"""The chat template of a model, read from its files without loading it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from evalkit.models.embedded import generation_server
from evalkit.models.torch_engine.source import Source


@lru_cache(maxsize=64)
def chat_template(source: Source) -> str | None:
    """The template that messages are laid out by, or None where the model was never taught any.

    Of several by name it is that for tools, or else the default one.
    """
    if source.gguf is not None:
        found = generation_server.chat_template(source.folder / source.gguf)
        return None if found is None else found.decode("utf-8", "replace")
    file = source.folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    return _within(_json(source, "tokenizer_config.json")) or _within(_json(source, "chat_template.json"))


def takes_tools(template: str | None) -> bool:
    """Whether it shows tools to the model, in the form whose calls are read here (``tool_calls``)."""
    return template is not None and all(word in template for word in ("tools", "<tool_call>", "arguments"))


def _within(settings: Any) -> str | None:
    template = settings.get("chat_template") if isinstance(settings, dict) else None
    if isinstance(template, list):
        by_name = {each.get("name"): each.get("template") for each in template if isinstance(each, dict)}
        template = by_name.get("tool_use") or by_name.get("default")
    return template if isinstance(template, str) else None


def _json(source: Source, name: str) -> Any:
    try:
        return json.loads((source.folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
