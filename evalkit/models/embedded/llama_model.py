"""A GGUF file in memory, with its tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.embedded import llama_api


class LlamaModel:
    """A loaded GGUF file with its vocabulary, or that alone; many contexts may share it.

    Raises ModelSpecError.
    """

    def __init__(self, path: Path, lora: Path | None = None, *, vocab_only: bool = False) -> None:
        self.api = llama_api.load()
        params = self.api.llama_model_default_params()
        params.n_gpu_layers = 0
        # Repacked weights are faster for long batches only, and load in twice the time.
        params.use_extra_bufts = False
        params.vocab_only = vocab_only
        self.handle = self.api.llama_model_load_from_file(str(path).encode(), params)
        if not self.handle:
            raise ModelSpecError(
                "llama.cpp cannot load this file", where=str(path), hint="is it a GGUF model?"
            )
        is_plain = not (
            self.api.llama_model_has_encoder(self.handle)
            or self.api.llama_model_is_recurrent(self.handle)
            or self.api.llama_model_is_hybrid(self.handle)
        )
        if not is_plain:
            raise ModelSpecError("only decoder-only transformers can rank choices", where=str(path))
        self.vocab = self.api.llama_model_get_vocab(self.handle)
        self.n_vocab = self.api.llama_vocab_n_tokens(self.vocab)
        self.n_ctx_train = self.api.llama_model_n_ctx_train(self.handle)
        self.adapter = self._adapter(lora)

    def tokenize(self, text: str) -> list[int]:
        """Tokens of ``text``, special ones added and read as the model's own tokenizer does."""
        try:
            raw = text.encode()
        except UnicodeEncodeError as error:
            raise ModelError(f"the text is not valid Unicode: {error.reason} at {error.start}") from None
        buffer = np.empty(len(raw) + 16, np.int32)
        n = self.api.llama_tokenize(self.vocab, raw, len(raw), buffer.ctypes.data, len(buffer), True, True)
        if n < 0:
            raise ModelError(f"the text cannot be tokenized ({len(raw)} bytes)")
        tokens: list[int] = buffer[:n].tolist()
        bos = self.api.llama_vocab_bos(self.vocab)
        # A chat template writes the token that the tokenizer then adds a second time.
        return tokens[1:] if tokens[:2] == [bos, bos] else tokens

    def start_token(self) -> int:
        """What stands for an empty context, as in lm-evaluation-harness: BOS, or EOS where there is none."""
        bos: int = self.api.llama_vocab_bos(self.vocab)
        return bos if bos >= 0 else int(self.api.llama_vocab_eos(self.vocab))

    def close(self) -> None:
        if self.handle:
            self.api.llama_model_free(self.handle)
            self.handle = None

    def _adapter(self, lora: Path | None) -> Any:
        if lora is None:
            return None
        adapter = self.api.llama_adapter_lora_init(self.handle, str(lora).encode())
        if not adapter:
            raise ModelSpecError("llama.cpp cannot load this LoRA adapter for the model", where=str(lora))
        return adapter
