"""``combination:``: two responses, or the prompt repeated before the answer."""

from __future__ import annotations

from evalkit.scorers.instructions.engine.parameters import Parameters


def two_responses(response: str, given: Parameters) -> bool:
    """Two different texts with ``******`` between them; only at the ends may another divider stand."""
    parts = [part.strip() for part in response.split("******")]
    if not all(parts[1:-1]):
        return False
    texts = [part for part in parts if part]
    return len(texts) == 2 and texts[0] != texts[1]


def repeat_prompt(response: str, given: Parameters) -> bool:
    """The text begins with ``prompt_to_repeat``, case and white space at its ends aside."""
    return response.strip().lower().startswith(given.text("prompt_to_repeat").lower())
