"""Log-likelihoods of continuations, many contexts at a time, as lm-evaluation-harness (``hf``) has them.

A log-probability is a logit less the logarithm of the sum over the vocabulary. That sum is ``logsumexp``'s,
not ``log_softmax``'s: on a CPU the latter adds up in a few long sums, and what float32 loses there has one
sign (1e-5 of each token of SmolLM2), so that it grows with the length of a continuation.
"""

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


@dataclass(frozen=True, slots=True)
class _Table:
    """What the model says from a reading's ``start`` on: tensors in float32, on its device.

    Attributes:
        logits: (positions, vocabulary).
        normalizers: (positions,), the logarithm of each row's sum of exponentials.
    """

    logits: Any
    normalizers: Any

    def log_likelihood(self, first: int, tail: Sequence[int]) -> float:
        """Of the tokens of ``tail``, one at each position from ``first`` on. The numbers leave the device
        before they are added up: not every one has float64."""
        import torch

        rows = slice(first, first + len(tail))
        tokens = torch.tensor(tail, device=self.logits.device)[:, None]
        chosen = self.logits[rows].gather(1, tokens)[:, 0].cpu().double()
        return float((chosen - self.normalizers[rows].cpu().double()).sum())


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
        for reading, table in zip(batch, _tables(loaded, batch), strict=True):
            for n_context, tail in wanted[reading.tokens]:
                first = n_context - 1 - reading.start
                found[(*reading.tokens, tail[-1]), n_context] = table.log_likelihood(first, tail)
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


def _tables(loaded: LoadedModel, batch: Sequence[_Reading]) -> list[_Table]:
    """One for each reading. Rows are filled up on the right, where no token looks."""
    import torch

    longest, n_kept = len(batch[0].tokens), _n_kept(batch)
    fill = loaded.pad_token
    rows = [[*reading.tokens, *[fill] * (longest - len(reading.tokens))] for reading in batch]
    with torch.inference_mode():
        tokens = torch.tensor(rows, device=loaded.device)
        kept = {"logits_to_keep": n_kept} if loaded.keeps_logits else {}
        logits = loaded.model(tokens, use_cache=False, **kept).logits[:, -n_kept:]
    first = longest - n_kept
    kept_of = [slice(reading.start - first, len(reading.tokens) - first) for reading in batch]
    parts = [logits[place, kept].float() for place, kept in enumerate(kept_of)]
    return [_Table(part, part.logsumexp(dim=-1)) for part in parts]
