"""Log-likelihoods of continuations, many contexts at a time, as lm-evaluation-harness (``hf``) has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from evalkit.errors import ModelError
from evalkit.models.continuation import continuation_tokens, split_pair
from evalkit.models.torch_engine.loaded_model import LoadedModel

#: Logits that are held at a time: of more, a batch is read in parts (4 bytes each, so 256 MB).
_MOST_LOGITS = 1 << 26
#: Tokens that are read at a time, padding included.
_MOST_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class Choices:
    """Tokens of a context and of what may follow it; none of them is empty."""

    context: list[int]
    continuations: list[list[int]]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the model reads for one continuation, without its last token; log-probabilities are looked up from
    ``start`` on."""

    tokens: tuple[int, ...]
    start: int


def tokenized(tokenizer: Any, text: str, continuations: Sequence[str]) -> Choices:
    """As ``TemplateLM.loglikelihood`` and ``HFLM.tok_encode`` of lm-evaluation-harness 0.4.13 do: white space
    goes over to the continuation, both are tokenized as one text, and the context's own tokens are cut off by
    their number. Without a context, a token of the beginning or the end stands for it.

    Raises ModelError on a continuation without tokens.
    """
    first = tokenizer.bos_token_id
    first = tokenizer.eos_token_id if first is None else first
    if not text.strip():
        return _without_context(tokenizer, first, [text + each for each in continuations])
    pairs = [split_pair(text, each) for each in continuations]
    context = encoded(tokenizer, pairs[0][0], first)
    wholes = [encoded(tokenizer, before + rest, first) for before, rest in pairs]
    return Choices(context, [continuation_tokens(context, whole) for whole in wholes])


def encoded(tokenizer: Any, text: str, first: int | None) -> list[int]:
    """With the special tokens that the tokenizer adds, unless the text begins with the first of them."""
    if first is not None and text.startswith(tokenizer.decode(first)):
        return list(tokenizer.encode(text, add_special_tokens=False))
    return list(tokenizer.encode(text))


def _without_context(tokenizer: Any, first: int | None, texts: Sequence[str]) -> Choices:
    if first is None:
        raise ModelError(
            "the prompt is empty, and the model has no token to begin with", hint="write a prompt"
        )
    rows = [list(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    return Choices([first], [continuation_tokens((), row[row[:1] == [first] :]) for row in rows])


def log_likelihoods(loaded: LoadedModel, choices: Sequence[Choices], n_rows: int) -> list[list[float]]:
    """Natural-log probability of each continuation, for each of ``choices`` in order.

    What is read for several continuations (all that have one token) is read once.
    """
    ends: dict[tuple[int, ...], int] = {}
    for each in choices:
        for tail in each.continuations:
            tokens, start = (*each.context, *tail[:-1]), len(each.context) - 1
            ends[tokens] = min(start, ends.get(tokens, start))
    readings = sorted((_Reading(*item) for item in ends.items()), key=lambda reading: -len(reading.tokens))
    wanted = _wanted(choices)
    found: dict[tuple[tuple[int, ...], int], float] = {}
    for batch in _batches(readings, n_rows, loaded.n_vocab):
        for reading, table in zip(batch, _log_probabilities(loaded, batch), strict=True):
            for n_context, tail in wanted[reading.tokens]:
                found[(*reading.tokens, tail[-1]), n_context] = _sum(
                    table[n_context - 1 - reading.start :], tail
                )
    return [
        [found[(*each.context, *tail), len(each.context)] for tail in each.continuations] for each in choices
    ]


def _wanted(choices: Sequence[Choices]) -> dict[tuple[int, ...], list[tuple[int, list[int]]]]:
    """Tokens that are read -> length of the context and the continuation, for each that they serve."""
    wanted: dict[tuple[int, ...], list[tuple[int, list[int]]]] = {}
    for each in choices:
        for tail in each.continuations:
            wanted.setdefault((*each.context, *tail[:-1]), []).append((len(each.context), tail))
    return wanted


def _sum(table: Any, tail: Sequence[int]) -> float:
    """Log-probabilities of the tokens of ``tail``, one from each row of ``table``."""
    import torch

    places = torch.tensor(tail, device=table.device)[:, None]
    return float(table[: len(tail)].gather(1, places).double().sum())


def _batches(readings: Sequence[_Reading], n_rows: int, n_vocab: int) -> Iterator[list[_Reading]]:
    """Neighbours in length together, bounded by rows, tokens and logits."""
    batch: list[_Reading] = []
    for reading in readings:
        wider = [*batch, reading]
        n_tokens = len(wider) * len(wider[0].tokens)
        n_logits = len(wider) * _n_kept(wider) * n_vocab
        if batch and (len(wider) > n_rows or n_tokens > _MOST_TOKENS or n_logits > _MOST_LOGITS):
            yield batch
            wider = [reading]
        batch = wider
    if batch:
        yield batch


def _n_kept(batch: Sequence[_Reading]) -> int:
    """Positions whose logits are asked for, in each row."""
    return len(batch[0].tokens) - min(reading.start for reading in batch)


def _log_probabilities(loaded: LoadedModel, batch: Sequence[_Reading]) -> list[Any]:
    """For each reading a table (positions from ``start`` on, vocabulary). Rows are filled up on the right,
    where no token looks."""
    import torch

    longest, n_kept = len(batch[0].tokens), _n_kept(batch)
    fill = loaded.pad_token
    rows = [[*reading.tokens, *[fill] * (longest - len(reading.tokens))] for reading in batch]
    with torch.inference_mode():
        tokens = torch.tensor(rows, device=loaded.device)
        kept = {"logits_to_keep": n_kept} if loaded.keeps_logits else {}
        logits = loaded.model(tokens, use_cache=False, **kept).logits[:, -n_kept:]
    first = longest - n_kept
    return [
        logits[place, reading.start - first : len(reading.tokens) - first].float().log_softmax(dim=-1)
        for place, reading in enumerate(batch)
    ]
