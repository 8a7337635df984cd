"""``evalkit doctor``: what is there, what is missing, how to get it."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from evalkit.cli.printing import print_json, print_table
from evalkit.core.text import plural
from evalkit.errors import EvalkitError
from evalkit.version import __version__

HELP = "show what is installed, what is missing, and how to get it"

#: Package, the extra that brings it, what it is for.
_PACKAGES = (
    ("xllamacpp", "local", "embedded models"),
    ("torch", "hf", "models of the Hub in this process"),
    ("transformers", "hf", "models of the Hub in this process"),
    ("peft", "hf", "adapters of such models"),
    ("datasets", "benchmarks", "datasets by their path on the Hub"),
    ("pyarrow", "benchmarks", "Parquet files"),
    ("tokenizers", "similarity", "similarity, bertscore_f1"),
    ("evaluate", "evaluate", "modules of Hugging Face evaluate"),
    ("pycocoevalcap", "captions", "METEOR and SPICE"),
    ("rouge-score-rs", "text", "ROUGE"),
    ("sacrebleu", "text", "BLEU, chrF, TER"),
    ("jiwer", "text", "word and character error rates"),
    ("pytest-xdist", "", "pytest -n N"),
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for; ``hint`` says how to get it when it is missing."""

    name: str
    is_there: bool
    detail: str
    hint: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    findings = list(find(arguments.store))
    if arguments.json:
        print_json([asdict(finding) for finding in findings])
        return 0
    rows = [
        ("ok" if each.is_there else "missing", each.name, each.detail if each.is_there else each.hint)
        for each in findings
    ]
    print_table(("", "what", "detail"), rows, whole=("what", "detail"))
    return 0


def find(store: Path) -> Iterator[Finding]:
    """Everything that is worth a look, the ground first."""
    yield Finding("evalkit", True, f"{__version__} on Python {platform.python_version()}")
    for package in ("duckdb", "pytest"):
        yield _package(package, "", "")
    for package, extra, purpose in _PACKAGES:
        yield _package(package, extra, purpose)
    yield from _weights()
    yield _embedding()
    yield _java()
    yield _spice()
    yield from _sandbox_levels()
    yield _judge()
    yield _store(store)
    yield _cache(store.parent / "cache")


def _package(name: str, extra: str, purpose: str) -> Finding:
    wanted = f"'pytest-evalkit[{extra}]'" if extra else name
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, False, purpose, f"pip install {wanted}" + (f" ({purpose})" if purpose else ""))
    return Finding(name, True, f"{found} ({purpose})" if purpose else found)


def _weights() -> Iterator[Finding]:
    from evalkit.models.embedded.weights import WEIGHTS, find_weights

    for name, weights in WEIGHTS.items():
        path = find_weights(name)
        hint = f"evalkit setup local {name} ({weights.size_mb} MB)"
        yield Finding(f"local/{name}", path is not None, str(path or weights.file), hint)


def _embedding() -> Finding:
    from evalkit.metrics.text.engine.embedding.minilm import FILES, NAME

    is_there = all(file.find() for file in FILES)
    hint = f"evalkit setup similarity ({FILES[0].size_mb} MB)"
    return Finding("embedding model", is_there, f"{NAME} (similarity, bertscore_f1)", hint)


def _java() -> Finding:
    from evalkit.metrics.captions.engine.java import find_java

    purpose = "METEOR and SPICE"
    try:
        java = find_java()
    except EvalkitError as error:
        return Finding("Java", False, purpose, f"{error.what}: {error.hint} ({purpose})")
    return Finding("Java", True, f"{java.version} at {java.path} ({purpose})")


def _spice() -> Finding:
    from evalkit.metrics.captions.engine.scenes.jars import jar_folder, missing_jars

    missing = missing_jars()
    n_mb = sum(artifact.n_bytes for artifact in missing) / 1e6
    return Finding("SPICE's jars", not missing, str(jar_folder()), f"evalkit setup spice ({n_mb:,.0f} MB)")


def _sandbox_levels() -> Iterator[Finding]:
    """The levels that model-written code can run at; each that opens has tried to break out of itself."""
    from evalkit.sandbox import launch
    from evalkit.sandbox.docker import require_daemon
    from evalkit.sandbox.open import open_sandbox

    for level in launch.AUTOMATIC:
        name = f"sandbox {level}"
        try:
            with open_sandbox(level, workers=1) as sandbox:
                yield Finding(name, True, f"{plural(len(sandbox.probes), 'probe')} held")
        except EvalkitError as error:
            yield Finding(name, False, "running model-written code", str(error))
    try:
        yield Finding("sandbox docker", True, f"docker {require_daemon()}")
    except EvalkitError as error:
        yield Finding("sandbox docker", False, "running model-written code", str(error))


def _judge() -> Finding:
    """The judge of scorers that name none, where the environment gives one; it is not asked."""
    spec = os.environ.get("EVALKIT_JUDGE")
    if not spec:
        hint = "EVALKIT_JUDGE or --llm-judge: a model for judge scorers that name none"
        return Finding("judge", False, "judge scorers", hint)
    from evalkit.core.subject import ModelSpec
    from evalkit.models.model import ModelSettings
    from evalkit.models.open import open_model

    try:
        missing = open_model(ModelSpec.parse(spec), ModelSettings()).missing_key
    except EvalkitError as error:
        return Finding("judge", False, spec, str(error))
    return Finding("judge", missing is None, f"{spec} (judge scorers that name none)", str(missing or ""))


def _store(path: Path) -> Finding:
    if not path.exists():
        return Finding("store", False, str(path), f"none at {path} yet: run pytest with --llm-model")
    from evalkit.store.store import Store

    try:
        with Store.open(path, timeout_s=1.0) as store:
            n_runs = len(store.runs(None))
            return Finding("store", True, f"{path}, {plural(n_runs, 'run')}")
    except EvalkitError as error:
        return Finding("store", False, str(path), str(error))


def _cache(directory: Path) -> Finding:
    from evalkit.cache.entries import stats

    try:
        found = stats(directory)
    except EvalkitError as error:
        return Finding("response cache", False, str(directory), str(error))
    return Finding("response cache", True, f"{found.path}, {plural(found.n_entries, 'response')}")
