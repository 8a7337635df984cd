"""Tokens a second and memory of ``hf/…`` beside plain transformers: ``python -m tests.benchmarks.hf_speed``.

Three processes write the same answers of SmolLM2 with greedy decoding in float32: ``loop``, one prompt after
the other by ``generate``; ``batches``, 16 at a time, sorted by length, padded on the left; ``session``, a
whole evaluation with store and report. Seconds are those of writing, without loading.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evalkit.models.embedded.weights import find_weights
from tests.benchmarks.process import measure

ROOT = Path(__file__).resolve().parents[2]
N_ROWS = 16
WORDS = "river mountain bicycle library winter garden engine harbour violin market"


def prompts(n: int) -> list[str]:
    """Questions of unlike lengths."""
    words = WORDS.split()
    return [
        f"Write about a {words[i % 10]}" + f" and a {words[(i * 7 + 3) % 10]}" * (i % 4) + f", part {i}."
        for i in range(n)
    ]


def plain(gguf: Path, texts: Sequence[str], n_tokens: int, n_rows: int) -> tuple[float, int]:
    """Seconds and tokens of ``generate``, ``n_rows`` prompts at a time."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    chats = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, tokenize=False
        )
        for text in texts
    ]
    chats.sort(key=len)
    began, n_written = time.perf_counter(), 0
    for start in range(0, len(chats), n_rows):
        batch = tokenizer(
            chats[start : start + n_rows], return_tensors="pt", padding=True, add_special_tokens=False
        )
        with torch.inference_mode():
            whole = model.generate(**batch, max_new_tokens=n_tokens, do_sample=False, pad_token_id=2)
        for row in whole[:, batch["input_ids"].shape[1] :].tolist():
            n_written += row.index(2) + 1 if 2 in row else len(row)
    return time.perf_counter() - began, n_written


def session(gguf: Path, texts: Sequence[str], n_tokens: int) -> tuple[float, int]:
    """Seconds between the first batch's beginning and the last answer, and tokens, of a whole evaluation."""
    import evalkit

    task = evalkit.Task(
        task="speed/write",
        samples=[{"id": str(place), "input": text, "target": ""} for place, text in enumerate(texts)],
        generate={"max_tokens": n_tokens},
        scorers=["exact_match"],
        max_truncated_rate=1.0,
    )
    results = evalkit.evaluate(
        task,
        f"hf/{gguf}?device=cpu",
        store="results.duckdb",
        report="report.html",
        cache="off",
        progress=False,
    )
    rows = results.samples.to_arrow().to_pylist()
    ends = [row["created_at"] for row in rows]
    begins = [_seconds(row["created_at"]) - row["latency_s"] for row in rows]
    return max(map(_seconds, ends)) - min(begins), sum(row["completion_tokens"] for row in rows)


def _seconds(moment: Any) -> float:
    return float(moment if isinstance(moment, int | float) else moment.timestamp())


def child(kind: str, n: int, n_tokens: int) -> None:
    gguf = find_weights("smollm2")
    assert gguf is not None, "run evalkit setup local smollm2"
    ways: dict[str, Callable[[], tuple[float, int]]] = {
        "loop": lambda: plain(gguf, prompts(n), n_tokens, 1),
        "batches": lambda: plain(gguf, prompts(n), n_tokens, N_ROWS),
        "session": lambda: session(gguf, prompts(n), n_tokens),
    }
    Path("found.json").write_text(json.dumps(ways[kind]()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--child")
    given = parser.parse_args()
    if given.child:
        child(given.child, given.samples, given.tokens)
        return
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for kind in ("loop", "batches", "session"):
        with tempfile.TemporaryDirectory(prefix="evalkit-hf-") as folder:
            size = ["--samples", str(given.samples), "--tokens", str(given.tokens)]
            command = [sys.executable, "-m", "tests.benchmarks.hf_speed", "--child", kind, *size]
            usage = measure(command, cwd=Path(folder), env=env)
            seconds, n_written = json.loads((Path(folder) / "found.json").read_text())
            print(
                f"{kind:8} {n_written:6} tokens in {seconds:6.1f} s: {n_written / seconds:6.1f} a second, "
                f"peak {usage.peak_mb:,.0f} MB, whole process {usage.cpu_s:.0f} s of a processor"
            )


if __name__ == "__main__":
    main()
