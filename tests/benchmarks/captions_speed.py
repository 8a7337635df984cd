"""COCO's caption metrics beside pycocoevalcap on the same captions: ``make bench-captions``.

The captions are those of COCO 2014 that the package itself carries (inside its SPICE jar): five references
of an image, and a caption of the next image for its candidate. Each measurement has a process of its own;
time is processor time, that of Java included, imports left out. BLEU, ROUGE-L and CIDEr-D begin with
tokenised texts, as the package does (their tokens are numbered within the time); the tokenisers, and the
last line with all of it, with raw ones.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCORES = ("bleu_4", "rouge_l_coco", "cider_d")
#: Each part by itself, and all of them on raw captions in one process.
PARTS = ("tokenise", *SCORES, "all")
#: How many times faster each part has to be, and the most of the package's memory that the whole may take.
WANTED = {"tokenise": 1.0, "bleu_4": 5.0, "rouge_l_coco": 5.0, "cider_d": 10.0, "all": 1.0}
WANTED_MEMORY = {"all": 0.5}

Texts = Mapping[str, Sequence[str]]


def coco_captions(n_images: int) -> tuple[Texts, Texts]:
    """References and one candidate for each image."""
    import pycocoevalcap

    jar = Path(pycocoevalcap.__path__[0]) / "spice/spice-1.0.jar"
    captions: dict[str, list[str]] = {}
    with zipfile.ZipFile(jar) as archive, archive.open("coco/annotations/captions_train2014.json") as file:
        for annotation in json.load(file)["annotations"]:
            captions.setdefault(str(annotation["image_id"]), []).append(annotation["caption"])
    ids = sorted(captions)[: n_images + 1]
    references = {image: captions[image][:5] for image in ids[:-1]}
    candidates = {image: [captions[other][-1]] for image, other in pairwise(ids)}
    return references, candidates


def package(part: str, references: Texts, candidates: Texts) -> Callable[[], float | None]:
    """What pycocoevalcap gives, ready to be run."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    scorers = {"bleu_4": Bleu, "rouge_l_coco": Rouge, "cider_d": Cider}

    def tokenise() -> list[Texts]:
        return [
            PTBTokenizer().tokenize(
                {key: [{"caption": text} for text in each] for key, each in texts.items()}
            )
            for texts in (references, candidates)
        ]

    def score(part: str, references: Texts, candidates: Texts) -> float:
        value = scorers[part]().compute_score(references, candidates)[0]
        return float(value[3] if part == "bleu_4" else value)

    if part == "tokenise":
        return lambda: bool(tokenise()) and None
    if part == "all":
        return lambda: sum(score(each, *tokens) for tokens in [tokenise()] for each in SCORES)
    return lambda: score(part, references, candidates)


def ours(part: str, references: Texts, candidates: Texts) -> Callable[[], float | None]:
    """What evalkit gives, ready to be run."""
    from evalkit.core.gate import MetricSpec
    from evalkit.core.observations import Observations
    from evalkit.core.response import Response
    from evalkit.metrics.captions.engine.caption_tokens import caption_tokens
    from evalkit.metrics.captions.engine.ptb.tokenizer import PythonTokenizer
    from evalkit.metrics.open import open_metric

    if part == "tokenise":
        texts = [text for each in (references, candidates) for group in each.values() for text in group]
        return lambda: bool(PythonTokenizer().tokenize(texts)) and None
    ids = list(references)
    responses = [Response(candidates[image][0]) for image in ids]
    observations = Observations(ids, [references[image] for image in ids], responses)

    metrics = {each: open_metric(MetricSpec(each)) for each in SCORES}  # imports them, too

    def score(part: str) -> float:
        metric = metrics[part]
        return float(metric.aggregate(metric.table(observations).rows)[0])

    if part == "all":
        return lambda: sum(map(score, SCORES))
    caption_tokens("python").tokenizer = _Split()
    return lambda: score(part)


class _Split:
    """Texts that are tokenised already: at spaces, as the package does."""

    signature = "split"

    def tokenize(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        return [tuple(text.split()) for text in texts]


def run(side: str, part: str, corpus: Path) -> None:
    """One measurement; prints JSON. Imports are not in the time."""
    with corpus.open("rb") as file:
        references, candidates = pickle.load(file)
    work = {"package": package, "evalkit": ours}[side](part, references, candidates)
    gc.collect()
    gc.freeze()  # neither side pays for searching the corpus for garbage
    started = _cpu_s()
    with contextlib.redirect_stdout(io.StringIO()):
        value = work()
    cpu_s = _cpu_s() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"cpu_s": cpu_s, "peak_mb": peak_mb, "value": value}))


def build(n_images: int, folder: Path) -> None:
    """Write the corpora ``raw`` and ``tokens`` of one size."""
    raw = coco_captions(n_images)
    (folder / f"raw{n_images}").write_bytes(pickle.dumps(raw))
    (folder / f"tokens{n_images}").write_bytes(pickle.dumps([_tokenised(each) for each in raw]))


def _cpu_s() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def in_child(*args: str) -> str:
    """This program with other arguments, in a process of its own: a peak of memory is a process's."""
    command = [sys.executable, "-m", "tests.benchmarks.captions_speed", *args]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr.decode()[-4000:])
    return done.stdout.decode()


def measure(side: str, part: str, corpus: Path) -> dict[str, Any]:
    """``run`` in a process of its own."""
    answer: dict[str, Any] = json.loads(in_child("--run", side, part, str(corpus)))
    return answer


def compare(n_images: int, folder: Path, say: Callable[[str], None]) -> bool:
    """Measure both sides; whether every ratio is reached."""
    in_child("--build", str(n_images), str(folder))
    corpora = {"raw": folder / f"raw{n_images}", "tokens": folder / f"tokens{n_images}"}
    say(f"{n_images:,} images, {6 * n_images:,} captions")
    say(f"  {'':14}{'package':>18}{'evalkit':>18}{'faster':>9}{'memory':>9}")
    is_reached = True
    for part in PARTS:
        corpus = corpora["tokens" if part in SCORES else "raw"]
        theirs, own = measure("package", part, corpus), measure("evalkit", part, corpus)
        ratio, share = theirs["cpu_s"] / own["cpu_s"], own["peak_mb"] / theirs["peak_mb"]
        numbers = "".join(f"{each['cpu_s']:>9.2f} s{each['peak_mb']:>5.0f} MB" for each in (theirs, own))
        # On raw captions the package's tokens depend on the caption that follows ("Model T.").
        is_exact = part != "all"
        same = theirs["value"] is None or abs(theirs["value"] - own["value"]) < (1e-9 if is_exact else 1e-3)
        say(f"  {part:14}{numbers}{ratio:>8.1f}x{share:>9.2f}" + ("" if same else "  OTHER VALUE"))
        is_reached = is_reached and same and ratio >= WANTED[part] and share <= WANTED_MEMORY.get(part, 99)
    return is_reached


def _tokenised(texts: Texts) -> Texts:
    from evalkit.metrics.captions.engine.ptb.tokenizer import PythonTokenizer

    tokenizer = PythonTokenizer()
    return {image: [" ".join(found) for found in tokenizer.tokenize(each)] for image, each in texts.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, nargs="*", default=[5_000, 20_000])
    parser.add_argument("--run", nargs=3, metavar=("SIDE", "PART", "CORPUS"), help=argparse.SUPPRESS)
    parser.add_argument("--build", nargs=2, metavar=("IMAGES", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.build:
        build(int(args.build[0]), Path(args.build[1]))
        return
    if args.run:
        run(args.run[0], args.run[1], Path(args.run[2]))
        return
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        reached = [compare(n, Path(folder), print) for n in args.images]
    print(f"{time.monotonic() - started:.0f} s in all; wanted: {WANTED}, of the memory {WANTED_MEMORY}")
    raise SystemExit(not all(reached))


if __name__ == "__main__":
    main()
