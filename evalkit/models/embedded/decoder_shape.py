"""Which decoder-only transformer a GGUF file holds, where it is one that is computed here in float32."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.models.embedded.gguf_file import GgufFile

#: Sliding-window layers between two that see everything, and the rotary base of the former.
_GEMMA_PERIOD, _GEMMA_LOCAL_BASE = 6, 10_000.0


@dataclass(frozen=True)
class DecoderShape:
    """Sizes and variants of a decoder.

    Attributes:
        window: tokens that a local layer sees, itself included; 0 for none.
        period: each ``period``-th layer sees everything, where there is a window.
        local_base: rotary base of the local layers.
        rope_scale: positions are divided by it in the layers that see everything.
        interleaved: the file pairs neighbours for the rotation, not halves.
        gelu: the gate's activation is GELU (tanh form), not SiLU.
        embedding_scale: factor on the embeddings.
    """

    n_ctx_train: int
    n_layers: int
    n_embd: int
    n_ff: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    eps: float
    rope_base: float
    rope_scale: float = 1.0
    window: int = 0
    period: int = 1
    local_base: float = 10_000.0
    interleaved: bool = False
    gelu: bool = False
    embedding_scale: float = 1.0

    def is_local(self, layer: int) -> bool:
        return self.window > 0 and (layer + 1) % self.period != 0


def read_shape(file: GgufFile) -> DecoderShape | None:
    """None where the model has parts that are not computed here."""
    arch = file.get("general.architecture")
    if arch not in ("llama", "qwen2", "qwen3", "gemma3") or not _is_plain(file, arch):
        return None
    n_embd, n_heads = file.get(f"{arch}.embedding_length"), file.get(f"{arch}.attention.head_count")
    if n_embd is None or n_heads is None:
        return None
    gemma = arch == "gemma3"
    return DecoderShape(
        n_ctx_train=file.get(f"{arch}.context_length", 4096),
        n_layers=file.get(f"{arch}.block_count"),
        n_embd=n_embd,
        n_ff=file.get(f"{arch}.feed_forward_length"),
        n_heads=n_heads,
        n_kv_heads=file.get(f"{arch}.attention.head_count_kv", n_heads),
        head_dim=file.get(f"{arch}.attention.key_length", n_embd // n_heads),
        eps=file.get(f"{arch}.attention.layer_norm_rms_epsilon"),
        rope_base=file.get(f"{arch}.rope.freq_base", 10_000.0),
        rope_scale=file.get(f"{arch}.rope.scaling.factor", 1.0),
        window=file.get(f"{arch}.attention.sliding_window", 0) if gemma else 0,
        period=_GEMMA_PERIOD if gemma else 1,
        local_base=_GEMMA_LOCAL_BASE,
        interleaved=arch == "llama",
        gelu=gemma,
        embedding_scale=float(n_embd) ** 0.5 if gemma else 1.0,
    )


def _is_plain(file: GgufFile, arch: str) -> bool:
    """No experts, no soft caps, rotation of whole heads, positions scaled linearly at most."""
    heads, n_embd = file.get(f"{arch}.attention.head_count"), file.get(f"{arch}.embedding_length")
    if not (heads and n_embd):
        return False
    head_dim = file.get(f"{arch}.attention.key_length", n_embd // heads)
    return (
        file.get(f"{arch}.rope.scaling.type", "none") in ("none", "linear")
        and file.get(f"{arch}.rope.dimension_count", head_dim) == head_dim
        and file.get(f"{arch}.attention.value_length", head_dim) == head_dim
        and not file.get(f"{arch}.expert_count", 0)
        and file.get(f"{arch}.final_logit_softcapping") is None
        and (arch == "gemma3" or file.get(f"{arch}.attention.sliding_window") is None)
        and file.names <= _known_names(file.get(f"{arch}.block_count") or 0)
    )


def _known_names(n_layers: int) -> set[str]:
    parts = (
        *("attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up"),
        *("ffn_down", "attn_q_norm", "attn_k_norm", "post_attention_norm", "post_ffw_norm"),
    )
    names = {f"blk.{i}.{part}.weight" for i in range(n_layers) for part in parts}
    names |= {f"blk.{i}.attn_{part}.bias" for i in range(n_layers) for part in "qkv"}
    return names | {"token_embd.weight", "output.weight", "output_norm.weight", "rope_freqs.weight"}
