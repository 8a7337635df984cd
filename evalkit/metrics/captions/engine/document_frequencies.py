"""In how many images of a corpus each n-gram occurs: from the references at hand, or frozen in a file."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from evalkit.core.text import texts_of
from evalkit.errors import MetricError
from evalkit.files.reading import inflated, read_bytes
from evalkit.metrics.captions.engine.caption_tokens import caption_tokens
from evalkit.metrics.captions.engine.ptb.tokenizer import TokenizerName

#: Longest n-gram that CIDEr counts.
ORDER = 4
_FORMAT = "evalkit document frequencies 1"


@dataclass(frozen=True)
class DocumentFrequencies:
    """A frozen corpus.

    Attributes:
        n_documents: its images.
        counts: n-gram, words with one space between, to the images that hold it; what one image alone holds
            is left out, as CIDEr counts it like what none holds.
        digest: 12 hex digits of the file.
        tokenizer: signature of the tokeniser that made the words.
    """

    n_documents: int
    counts: Mapping[str, int]
    digest: str
    tokenizer: str


def write_document_frequencies(
    path: Path | str, references: Iterable[Any], tokenizer: TokenizerName = "python"
) -> int:
    """Count n-grams over a corpus and write them to ``path`` (JSON; packed where it ends in ``.gz``).

    Args:
        references: for each image its references, a text or a list of texts.

    Returns the number of images. Raises MetricError when there is none, JavaError with ``java``.
    """
    documents = [texts_of(each) for each in references]
    if not documents:
        raise MetricError("there are no references to count", where=str(path))
    tokens = caption_tokens(tokenizer)
    words = iter(tokens.words([text for texts in documents for text in texts]).lists())
    counts: Counter[tuple[int, ...]] = Counter()
    for texts in documents:
        counts.update({gram for _ in texts for gram in _grams(next(words))})
    names = tokens.names()
    content = {
        "format": _FORMAT,
        "tokenizer": tokens.tokenizer.signature,
        "n_documents": len(documents),
        "counts": {" ".join(names[i] for i in gram): n for gram, n in sorted(counts.items()) if n > 1},
    }
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    is_packed = str(path).endswith(".gz")
    Path(path).write_bytes(gzip.compress(data, mtime=0) if is_packed else data)
    return len(documents)


def _grams(words: Sequence[int]) -> set[tuple[int, ...]]:
    return {tuple(words[i : i + n]) for n in range(1, ORDER + 1) for i in range(len(words) - n + 1)}


def read_document_frequencies(path: str) -> DocumentFrequencies:
    """What ``write_document_frequencies`` wrote, read once as long as the file stays the same.

    Raises MetricError where it cannot be read.
    """
    try:
        changed = Path(path).stat()
        return _read(path, changed.st_mtime_ns, changed.st_size)
    except (OSError, EOFError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _unreadable(path, "it holds no document frequencies") from None


def _unreadable(path: str, what: str) -> MetricError:
    return MetricError(
        f"document frequencies cannot be read: {what}",
        where=path,
        hint="make the file with write_document_frequencies (docs/reference/scoring.md shows how)",
    )


@lru_cache(maxsize=4)
def _read(path: str, changed: int, size: int) -> DocumentFrequencies:
    data = read_bytes(Path(path))
    content = json.loads(inflated(data) if data[:2] == b"\x1f\x8b" else data)
    if content["format"] != _FORMAT:
        raise ValueError(content["format"])
    digest = hashlib.sha256(data).hexdigest()[:12]
    return DocumentFrequencies(
        int(content["n_documents"]), dict(content["counts"]), digest, str(content["tokenizer"])
    )
