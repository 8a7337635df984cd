"""A tokenizer and a causal language model in memory, with a PEFT adapter where one is named."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from typing import Any

from evalkit.errors import EvalkitError, ModelSpecError
from evalkit.models.torch_engine.source import Source
from evalkit.redaction.message import message

#: Settings of a model's own ``generation_config`` that look at all tokens of a row, so at its padding too.
_WHOLE_ROW = {
    "repetition_penalty": (None, 1.0),
    "no_repeat_ngram_size": (None, 0),
    "encoder_repetition_penalty": (None, 1.0),
    "min_length": (None, 0),
}

#: Settings that the task says, and the model does not.
_SAMPLING = ("temperature", "top_p", "top_k", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff")

# The libraries keep their settings for the whole process, and two models that load take twice the memory.
_LOADING = threading.Lock()


@dataclass
class LoadedModel:
    """Used by one thread.

    Attributes:
        device: of torch.
        n_ctx: tokens that a row may have, None where the model does not say.
        end_tokens: tokens that end an answer, and are not part of it.
        pad_token: what fills rows up; it is masked, so any would do.
        is_row_bound: whether its own settings look at all tokens of a row, at those that fill it up too.
        keeps_logits: whether it can be told how many positions need logits.
    """

    tokenizer: Any
    model: Any
    device: Any
    n_ctx: int | None
    end_tokens: frozenset[int]
    pad_token: int
    is_row_bound: bool
    keeps_logits: bool

    @property
    def n_vocab(self) -> int:
        return int(self.model.get_input_embeddings().weight.shape[0])


def load(source: Source, adapter: Source | None, device: str, dtype: str) -> LoadedModel:
    """Read everything from this machine.

    Args:
        device: as torch writes it.
        dtype: ``float32``, ``bfloat16``, ``float16``, or ``auto`` for that of the files.

    Raises ModelSpecError on files that cannot be read, and on a device that is not there.
    """
    import torch

    with _LOADING, _quiet():
        try:
            tokenizer, base = _read(source, dtype)
            model = base if adapter is None else _adapted(base, adapter)
            model = model.to(torch.device(device)).eval()
        except EvalkitError:
            raise
        except ModuleNotFoundError:
            raise
        except Exception as error:  # of libraries that raise whatever a file makes them raise
            lines = str(error).strip().splitlines() or [""]
            what = f"transformers cannot load this model: {type(error).__name__}: {lines[0][:500]}"
            where = str(source.folder if adapter is None else adapter.folder)
            raise ModelSpecError(message(what), where=where) from None
    return _described(tokenizer, model, base)


def open_tokenizer(source: Source) -> Any:
    """The tokenizer alone, without the weights."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(source.folder, **_options(source))


def _options(source: Source) -> dict[str, Any]:
    """Nothing is fetched, and no code of the repository is run."""
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    if source.gguf is not None:
        options["gguf_file"] = source.gguf
        _hide_bar()
    return options


def _read(source: Source, dtype: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM

    tokenizer, options = open_tokenizer(source), _options(source)
    kind = dtype if dtype == "auto" else getattr(torch, dtype)
    return tokenizer, AutoModelForCausalLM.from_pretrained(source.folder, dtype=kind, **options)


def _hide_bar() -> None:
    """The one that no setting of the library hides."""
    from functools import partial

    from tqdm.auto import tqdm
    from transformers import modeling_gguf_pytorch_utils as reader

    if hasattr(reader, "tqdm"):
        reader.tqdm = partial(tqdm, disable=True)


def _adapted(model: Any, adapter: Source) -> Any:
    """Beside the weights and not merged into them: that would round them once more."""
    from peft import PeftModel

    return PeftModel.from_pretrained(model, adapter.folder, local_files_only=True)


def _described(tokenizer: Any, model: Any, base: Any) -> LoadedModel:
    config = copy.deepcopy(base.generation_config)
    ends = config.eos_token_id if config.eos_token_id is not None else tokenizer.eos_token_id
    end_tokens = frozenset(ends if isinstance(ends, list | tuple) else () if ends is None else (ends,))
    config.do_sample = False
    for name in _SAMPLING:
        setattr(config, name, None)
    model.generation_config = base.generation_config = config
    pad = tokenizer.pad_token_id
    text_config = base.config.get_text_config()
    return LoadedModel(
        tokenizer,
        model,
        model.device,
        getattr(text_config, "max_position_embeddings", None),
        end_tokens,
        pad if pad is not None else min(end_tokens, default=0),
        any(getattr(config, name, None) not in neutral for name, neutral in _WHOLE_ROW.items()),
        "logits_to_keep" in signature(base.forward).parameters,
    )


def device_of(asked: str | None) -> str:
    """What was asked for, else ``cuda`` where torch sees one, else ``cpu``. Raises ModelSpecError."""
    import torch

    if asked is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind = asked.partition(":")[0]
    there = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if kind in there and not there[kind]():
        raise ModelSpecError(f"torch sees no {kind} device here", hint="use ?device=cpu")
    return asked


@contextmanager
def _quiet() -> Iterator[None]:
    """No bars, no chatter and no connections: what is read is on this machine."""
    from huggingface_hub import constants
    from transformers.utils import logging

    before, was_offline = logging.get_verbosity(), constants.HF_HUB_OFFLINE
    had_bars = logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = was_offline
        logging.set_verbosity(before)
        if had_bars:
            logging.enable_progress_bar()
