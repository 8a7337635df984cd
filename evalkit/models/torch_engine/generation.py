"""Answers that are written together, each the one that it would be if it were written alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from evalkit.models.torch_engine.decoding import Row, RowEnds, TokenChoice
from evalkit.models.torch_engine.loaded_model import LoadedModel

#: Rows that are written together unless the spec says otherwise.
N_ROWS = 16

#: Logits of a row move by some rounding errors with its neighbours. Up to so much, rows are written together;
#: more is half a precision, or a model that does not know about padding.
MOST_NOISE = 1e-3

#: A token that is ahead by less than so many times the noise that was seen might not be ahead without its
#: neighbours: the row is written again, alone.
_SAFETY = 32
_LEAST_MARGIN = 1e-4

_TRIAL = (24, 7)


def write_together(
    loaded: LoadedModel, rows: Sequence[Row], *, margin: float, is_closing: Callable[[], bool]
) -> None:
    """Fill in what each row's answer is.

    Args:
        margin: rows of which a choice was closer than this are written again, alone; 0 for none.
    """
    _write(loaded, rows, is_closing)
    if len(rows) == 1:
        return
    for row in rows:
        if row.closest < margin and row.is_wanted() and not is_closing():
            row.begin()
            _write(loaded, [row], is_closing)


def _write(loaded: LoadedModel, rows: Sequence[Row], is_closing: Callable[[], bool]) -> None:
    import torch
    from transformers import LogitsProcessorList, StoppingCriteriaList

    tokens, mask = _padded(loaded, [row.tokens for row in rows])
    ends = RowEnds(rows, loaded.end_tokens, lambda written: decoded(loaded, written), is_closing)
    choice: Any = TokenChoice(rows)
    criteria: Any = ends
    with torch.inference_mode():
        loaded.model.generate(
            input_ids=tokens,
            attention_mask=mask,
            max_new_tokens=max(row.max_tokens for row in rows),
            pad_token_id=loaded.pad_token,
            eos_token_id=sorted(loaded.end_tokens) or None,
            logits_processor=LogitsProcessorList([choice]),
            stopping_criteria=StoppingCriteriaList([criteria]),
        )


def decoded(loaded: LoadedModel, tokens: Sequence[int], *, is_raw: bool = False) -> str:
    """The text of tokens; special ones stand in it only where it is raw."""
    return str(loaded.tokenizer.decode(list(tokens), skip_special_tokens=not is_raw))


def margin_of(loaded: LoadedModel, n_rows: int) -> float | None:
    """The margin within which a choice is not trusted in company; None where rows must be written alone."""
    if n_rows == 1 or loaded.is_row_bound:
        return None
    noise = neighbour_noise(loaded)
    return max(_LEAST_MARGIN, _SAFETY * noise) if noise <= MOST_NOISE else None


def neighbour_noise(loaded: LoadedModel) -> float:
    """The largest change of a logit of a short row when a longer one stands beside it."""
    import torch

    n_vocab = loaded.n_vocab
    long, short = ([(7 + 31 * place) % n_vocab for place in range(n)] for n in _TRIAL)
    with torch.inference_mode():
        alone = _next_logits(loaded, [short])[0]
        beside = _next_logits(loaded, [long, short])[1]
    change = (alone - beside)[torch.isfinite(alone)].abs().max()
    return float("inf") if torch.isnan(change) else float(change)


def _next_logits(loaded: LoadedModel, rows: Sequence[list[int]]) -> Any:
    tokens, mask = _padded(loaded, rows)
    found = loaded.model.generate(
        input_ids=tokens,
        attention_mask=mask,
        max_new_tokens=1,
        pad_token_id=loaded.pad_token,
        output_logits=True,
        return_dict_in_generate=True,
    )
    return found.logits[0].float()


def _padded(loaded: LoadedModel, rows: Sequence[list[int]]) -> tuple[Any, Any]:
    """Tokens and mask, (rows, longest row), filled up on the left."""
    import torch

    longest = max(map(len, rows))
    fill = loaded.pad_token
    tokens = [[fill] * (longest - len(row)) + row for row in rows]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(tokens, device=loaded.device), torch.tensor(mask, device=loaded.device)
