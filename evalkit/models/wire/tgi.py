"""The bare protocol of Text Generation Inference: ``inputs`` and ``parameters``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evalkit.core.request import Request
from evalkit.models.wire.http_model import cut_off

#: Our name of a parameter -> that of the protocol.
_WORDS = {"max_tokens": "max_new_tokens"}


def tgi_body(request: Request, sampling: Mapping[str, Any]) -> dict[str, Any]:
    """The prompt as one text; a temperature of 0 is told by not sampling."""
    parameters = {_WORDS.get(name, name): value for name, value in sampling.items()}
    parameters["do_sample"] = bool(parameters.get("temperature"))
    if not parameters["do_sample"]:
        parameters.pop("temperature", None)
    return {"inputs": request.text, "parameters": {**parameters, "details": True, "return_full_text": False}}


def tgi_completion(answer: Any) -> dict[str, Any]:
    """As completions have it: a list of one answer, or that answer alone; counts where there are any."""
    told = answer[0] if isinstance(answer, list) else answer
    details = told.get("details") or {}
    choice = {"text": told["generated_text"], "finish_reason": details.get("finish_reason")}
    prompt_tokens = details.get("input_length") or len(details.get("prefill") or ()) or None
    usage = {"prompt_tokens": prompt_tokens, "completion_tokens": details.get("generated_tokens")}
    return {"choices": [choice], "usage": usage}


class TgiJoiner:
    """A token at a time; the last one brings the whole text."""

    def __init__(self) -> None:
        self._last: Any = None

    def add(self, event: Any) -> bool:
        """One token; whether it is one that is shown."""
        self._last, token = event, event.get("token") or {}
        return bool(token.get("text")) and not token.get("special")

    def answer(self) -> Any:
        """The whole answer. Raises ModelError where no token ended it."""
        if self._last is None or self._last.get("generated_text") is None:
            raise cut_off()
        return self._last
