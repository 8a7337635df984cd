"""Tokens of a prompt for OpenAI's own models, where ``tiktoken`` and its vocabulary are on this machine."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from hashlib import sha1
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evalkit.core.request import Request

#: What OpenAI's chat format puts around a message, and before the answer. The rule is that of OpenAI's
#: cookbook, "How to count tokens with tiktoken", which the API's own counts bear out.
_MESSAGE, _ANSWER = 3, 3

#: Where tiktoken gets a vocabulary from; the hash of the address is its name in tiktoken's cache.
_ADDRESS = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
_FOLDERS = ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")


def chat_tokens(name: str, request: Request) -> int | None:
    """Tokens of text messages; None without a vocabulary, and of all but texts: tools, schemas, media."""
    if request.media or request.tools or request.response_schema or request.continuations is not None:
        return None
    vocabulary = _vocabulary(name)
    if vocabulary is None:
        return None
    texts = [text for message in request.messages for text in (message.role, message.text)]
    n_tokens = sum(len(vocabulary.encode_ordinary(text)) for text in texts)
    return n_tokens + _MESSAGE * len(request.messages) + _ANSWER


@cache
def _vocabulary(name: str) -> Any:
    """Nothing is fetched: a vocabulary that tiktoken has not loaded before is none."""
    if find_spec("tiktoken") is None:
        return None
    import tiktoken

    try:
        encoding = tiktoken.encoding_name_for_model(name)
    except KeyError:
        return None
    return tiktoken.get_encoding(encoding) if _is_here(encoding) else None


def _is_here(encoding: str) -> bool:
    named = [os.environ[variable] for variable in _FOLDERS if variable in os.environ]
    folder = Path(named[0]) if named else Path(tempfile.gettempdir()) / "data-gym-cache"
    return (folder / sha1(_ADDRESS.format(encoding).encode(), usedforsecurity=False).hexdigest()).is_file()
