"""llama.cpp's C interface, taken from the library inside ``xllamacpp``.

The wheel exports the symbols of ``llama.h``. Only its structures could move between versions: they are laid
out here as of llama.cpp b11549, and ``load`` compares the defaults that the library fills in with what that
version documents before anything else is called. A library that disagrees is refused, never guessed at.
"""

from __future__ import annotations

import ctypes as c
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from evalkit.errors import MissingExtraError

PINNED = "xllamacpp==2026.10.11549"

_P, _I, _U, _B, _F = c.c_void_p, c.c_int32, c.c_uint32, c.c_bool, c.c_float


class ModelParams(c.Structure):
    """``llama_model_params``."""

    _fields_ = (
        *((name, _P) for name in ("devices", "tensor_buft_overrides")),
        *((name, _I) for name in ("n_gpu_layers", "split_mode", "load_mode", "lazy_mode", "main_gpu")),
        *((name, _P) for name in ("tensor_split", "progress_callback", "progress_data", "kv_overrides")),
        *((name, _B) for name in ("vocab_only", "check_tensors", "use_extra_bufts", "no_host", "no_alloc")),
        ("load_mtp", _B),
    )


class ContextParams(c.Structure):
    """``llama_context_params``."""

    _fields_ = (
        *((name, _U) for name in ("n_ctx", "n_batch", "n_ubatch", "n_seq_max", "n_rs_seq", "n_outputs_max")),
        ("n_outputs_max_per_seq", _U),
        *((name, _I) for name in ("n_threads", "n_threads_batch", "ctx_type", "rope_scaling_type")),
        *((name, _I) for name in ("pooling_type", "attention_type", "flash_attn_type")),
        *((name, _F) for name in ("rope_freq_base", "rope_freq_scale", "yarn_ext_factor")),
        *((name, _F) for name in ("yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow")),
        ("yarn_orig_ctx", _U),
        ("defrag_thold", _F),
        *((name, _P) for name in ("cb_eval", "cb_eval_data")),
        *((name, _I) for name in ("type_k", "type_v")),
        ("moe_cache_size", c.c_size_t),
        *((name, _P) for name in ("abort_callback", "abort_data")),
        *((name, _B) for name in ("embeddings", "offload_kqv", "no_perf", "op_offload", "swa_full")),
        ("kv_unified", _B),
        ("samplers", _P),
        ("n_samplers", c.c_size_t),
        ("ctx_other", _P),
    )


class Batch(c.Structure):
    """``llama_batch``: parallel arrays of ``n_tokens`` entries."""

    _fields_ = (
        ("n_tokens", _I),
        *((name, _P) for name in ("token", "embd", "pos", "n_seq_id", "seq_id", "logits")),
    )


class GgufInit(c.Structure):
    """``gguf_init_params``."""

    _fields_ = (("no_alloc", _B), ("ctx", c.POINTER(_P)))


class TypeTraits(c.Structure):
    """``ggml_type_traits``: how one kind of number is stored."""

    _fields_ = (
        ("type_name", c.c_char_p),
        *((name, c.c_int64) for name in ("blck_size", "blck_size_interleave")),
        ("type_size", c.c_size_t),
        ("is_quantized", _B),
        ("to_float", c.CFUNCTYPE(None, _P, _P, c.c_int64)),
        ("from_float_ref", _P),
    )


#: What b11549 fills in: one value out of place means another layout.
_CONTEXT_DEFAULTS = {
    "n_ctx": 512,
    "n_batch": 2048,
    "n_ubatch": 512,
    "n_seq_max": 1,
    "n_outputs_max_per_seq": 1,
    "flash_attn_type": -1,
    "defrag_thold": -1.0,
    "type_k": 1,
    "type_v": 1,
    "moe_cache_size": 0,
    "embeddings": False,
    "offload_kqv": True,
    "swa_full": True,
    "kv_unified": False,
    "samplers": None,
    "n_samplers": 0,
    "ctx_other": None,
}
_MODEL_DEFAULTS = {"n_gpu_layers": -1, "main_gpu": 0, "vocab_only": False, "use_extra_bufts": True}

#: Function: (result, arguments).
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "llama_backend_init": (None, ()),
    "llama_log_set": (None, (_P, _P)),
    "llama_time_us": (c.c_int64, ()),
    "llama_model_default_params": (ModelParams, ()),
    "llama_context_default_params": (ContextParams, ()),
    "llama_model_load_from_file": (_P, (c.c_char_p, ModelParams)),
    "llama_model_free": (None, (_P,)),
    "llama_model_n_ctx_train": (_I, (_P,)),
    "llama_model_get_vocab": (_P, (_P,)),
    "llama_model_has_encoder": (_B, (_P,)),
    "llama_model_is_recurrent": (_B, (_P,)),
    "llama_model_is_hybrid": (_B, (_P,)),
    "llama_init_from_model": (_P, (_P, ContextParams)),
    "llama_free": (None, (_P,)),
    "llama_get_memory": (_P, (_P,)),
    "llama_memory_clear": (None, (_P, _B)),
    "llama_memory_seq_rm": (_B, (_P, _I, _I, _I)),
    "llama_memory_seq_cp": (None, (_P, _I, _I, _I, _I)),
    "llama_vocab_n_tokens": (_I, (_P,)),
    "llama_vocab_bos": (_I, (_P,)),
    "llama_vocab_eos": (_I, (_P,)),
    "llama_tokenize": (_I, (_P, c.c_char_p, _I, _P, _I, _B, _B)),
    "llama_decode": (_I, (_P, Batch)),
    "llama_get_logits_ith": (_P, (_P, _I)),
    "gguf_init_from_file": (_P, (c.c_char_p, GgufInit)),
    "gguf_free": (None, (_P,)),
    "gguf_find_key": (c.c_int64, (_P, c.c_char_p)),
    "gguf_get_kv_type": (_I, (_P, c.c_int64)),
    "gguf_get_val_u32": (_U, (_P, c.c_int64)),
    "gguf_get_val_i32": (_I, (_P, c.c_int64)),
    "gguf_get_val_f32": (_F, (_P, c.c_int64)),
    "gguf_get_val_str": (c.c_char_p, (_P, c.c_int64)),
    "gguf_get_data_offset": (c.c_size_t, (_P,)),
    "gguf_get_n_tensors": (c.c_int64, (_P,)),
    "gguf_get_tensor_name": (c.c_char_p, (_P, c.c_int64)),
    "gguf_get_tensor_ne": (c.POINTER(c.c_int64), (_P, c.c_int64)),
    "gguf_get_tensor_type": (_I, (_P, c.c_int64)),
    "gguf_get_tensor_offset": (c.c_size_t, (_P, c.c_int64)),
    "gguf_get_tensor_size": (c.c_size_t, (_P, c.c_int64)),
    "ggml_get_type_traits": (c.POINTER(TypeTraits), (_I,)),
    "ggml_free": (None, (_P,)),
    "llama_adapter_lora_init": (_P, (_P, c.c_char_p)),
    "llama_set_adapters_lora": (_I, (_P, c.POINTER(_P), c.c_size_t, c.POINTER(_F))),
}


@cache
def load() -> Any:
    """The library, ready to be called. Raises MissingExtraError where it is absent or another version."""
    module = import_engine()
    try:
        library = c.CDLL(module.__file__)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise _unusable(f"xllamacpp does not export llama.cpp's C interface here: {error}") from None
    _check("llama_context_params", library.llama_context_default_params(), _CONTEXT_DEFAULTS)
    _check("llama_model_params", library.llama_model_default_params(), _MODEL_DEFAULTS)
    # A native function as the sink: it takes what it is given, prints nothing, and outlives the interpreter,
    # which a Python callback does not.
    library.llama_log_set(c.cast(library.llama_time_us, _P), None)
    library.llama_backend_init()
    return library


def import_engine() -> Any:
    """``xllamacpp``'s extension module. Raises MissingExtraError where it cannot be imported."""
    try:
        with _calm_openmp():
            import xllamacpp.xllamacpp as module
    except ImportError as error:
        raise _unusable(f"the embedded engine cannot be loaded: {error}") from None
    return module


@contextmanager
def _calm_openmp() -> Iterator[None]:
    """Let idle OpenMP threads sleep soon: spinning at barriers halves the speed when the cores are shared.

    libgomp reads its environment once, while it is loaded.
    """
    names = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    is_ours = not any(name in os.environ for name in names)
    if is_ours:
        os.environ["GOMP_SPINCOUNT"] = "1000"
    try:
        yield
    finally:
        if is_ours:
            os.environ.pop("GOMP_SPINCOUNT", None)


def _check(what: str, seen: Any, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        if getattr(seen, name) != value:
            raise _unusable(f"xllamacpp holds another llama.cpp: {what}.{name} is {getattr(seen, name)!r}")


def _unusable(what: str) -> MissingExtraError:
    return MissingExtraError(what, hint=f"run: pip install '{PINNED}'")
