"""Judged text is data: it stands between fences that it cannot forge.

A fence carries a nonce that is hashed over everything the judge reads of a sample, the judged text with it.
So equal questions are equal to the byte, and the cache finds them; and no text can hold its own nonce: it
would have to be a fixed point of the hash, and where a text holds the nonce by whatever way, another one is
taken until none does. A forged fence therefore never is one. What looks like a fence, or like a token by
which a chat template marks turns, is taken apart all the same: weak judges do not compare nonces, and engines
read such tokens wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b

from evalkit.core.text import visible

#: A short nonce will do, as no text holds it; every fence costs the judge its tokens.
_N_BYTES = 4
_KEY = b"evalkit judge fence 1"
#: ``<<<answer``, ``>>>`` at the end of a line, in any number from three.
_FENCES = re.compile(
    r"[<＜]{3,}(?=\s*(?:end\b|/|\w+ [0-9a-f]{4,}|answer|input|reference|message|trajectory))", re.I
)
#: Marks of turns and of texts in the chat templates of Llama, Mistral, Qwen, Gemma, Phi and DeepSeek.
_TOKENS = re.compile(
    r"<(?=[|｜][^<>\n]{1,60}[|｜]>)|<(?=/?(?:s|bos|eos|think|start_of_turn|end_of_turn)>)|<(?=</?SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])",
    re.IGNORECASE,
)


class Fence:
    """Puts texts between fences of one nonce.

    Args:
        texts: everything that the judge reads of one sample, in order, instructions among it.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.nonce = _nonce(texts)

    def around(self, name: str, text: str) -> str:
        """``text``, harmless, between its fences."""
        return f"<<<{name} {self.nonce}>>>\n{neutral(text)}\n<<<end {name} {self.nonce}>>>"


def neutral(text: str) -> str:
    """Without fences, marks of turns and characters that nobody sees: these are shown by their number."""
    text = visible(text.replace("\r\n", "\n").replace("\r", "\n"))
    if "<<<" in text or "＜＜" in text:
        text = _FENCES.sub(lambda match: "< " * len(match[0]), text)
    return _TOKENS.sub(lambda match: f"{match[0]} ", text)


def _nonce(texts: Sequence[str]) -> str:
    digest = blake2b(digest_size=_N_BYTES, key=_KEY)
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    while any(digest.hexdigest() in text.lower() for text in texts):
        digest.update(b"again")
    return digest.hexdigest()
