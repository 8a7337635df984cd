"""Which Models are of one family, by their names: judges are said to prefer their own."""

from __future__ import annotations

import re

#: How a name begins that does not say its family.
_KNOWN = (
    (re.compile(r"(chatgpt|gpt|text-davinci|davinci|o\d)(?![a-z])"), "gpt"),
    (re.compile(r"(gemini|bard|palm|text-bison)"), "gemini"),
    (re.compile(r"(mistral|mixtral|ministral|codestral|magistral|pixtral)"), "mistral"),
    (re.compile(r"(command|c4ai|aya)"), "command"),
)
_WORD = re.compile(r"[a-z]+")


def family_of(model: str | None) -> str | None:
    """``claude`` of ``anthropic/claude-3-opus``, ``gpt`` of ``openai/gpt-4o``, ``llama`` of
    ``ollama/llama3.1:8b``; None where the name says nothing."""
    if not model or model.startswith(("python:", "python/")):  # a function of the user's
        return None
    name = re.split(r"[?#@]", model.lower(), maxsplit=1)[0].rsplit("/", 1)[-1]
    # A path of the vendor's own may stand before it: meta.llama3-70b, us.anthropic.claude-3.
    name = re.sub(r"^(?:[a-z]{2}\.)?(?:meta|anthropic|amazon|mistral|cohere|openai|google)\.", "", name)
    for pattern, family in _KNOWN:
        if pattern.match(name):
            return family
    found = _WORD.match(name.removeprefix("meta-"))
    return found.group() if found else None
