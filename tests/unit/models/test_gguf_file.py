"""GGUF files are read as the format says."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import numpy as np
import pytest

from evalkit.errors import ModelSpecError
from evalkit.models.embedded.gguf_file import GgufFile
from tests.unit.models.gguf_writer import write_gguf

pytest.importorskip("xllamacpp", reason="the embedded engine is not installed")


def test_header_and_tensors_come_back(tmp_path: Path) -> None:
    matrix = np.arange(24, dtype=np.float32).reshape(3, 8)
    header = {"general.architecture": "llama", "llama.block_count": 3, "x.eps": 0.5}
    file = GgufFile(write_gguf(tmp_path / "x.gguf", header, {"a": matrix, "b": matrix[0]}))
    assert (file.get("general.architecture"), file.get("llama.block_count"), file.get("x.eps")) == (
        "llama",
        3,
        0.5,
    )
    assert (file.get("no.such"), file.get("no.such", 7)) == (None, 7)
    assert file.names == {"a", "b"}
    assert file.shape("a") == (3, 8)
    assert file.n_params() == 32
    assert np.array_equal(file.read("a"), matrix)
    assert np.array_equal(file.read("b"), matrix[0])
    file.close()


def test_four_bit_blocks_are_scale_times_number_plus_minimum(tmp_path: Path) -> None:
    """Q4_1: two half-precision numbers, then 16 bytes, the low halves of which are the first 16 values."""
    numbers = np.random.default_rng(0).integers(0, 16, 32)
    scale, least = np.float16(0.37), np.float16(-2.9)
    block = pack("<ee", scale, least) + bytes(
        int(a) | int(b) << 4 for a, b in zip(numbers[:16], numbers[16:], strict=True)
    )
    file = GgufFile(write_gguf(tmp_path / "x.gguf", {}, {"a": block * 2}))
    wanted = np.float32(scale) * numbers.astype(np.float32) + np.float32(least)
    assert np.abs(file.read("a") - wanted).max() < 1e-6
    file.close()


@pytest.mark.parametrize("cut", [10, 200])
def test_a_file_that_is_broken_off_is_one_clear_line(tmp_path: Path, cut: int) -> None:
    whole = write_gguf(tmp_path / "x.gguf", {"a": 1}, {"t": np.ones((8, 32), np.float32)})
    whole.write_bytes(whole.read_bytes()[:cut])
    with pytest.raises(ModelSpecError, match=r"cannot load this file|ends inside"):
        GgufFile(whole).read("t")
