"""What SPICE's parser runs on: the jars inside pycocoevalcap and those that it lacks."""

from __future__ import annotations

from pathlib import Path

from evalkit.downloads.cache_dir import cache_dir
from evalkit.downloads.maven import Artifact
from evalkit.errors import MetricError
from evalkit.metrics.captions.engine.pycoco import pycoco_file

#: CoreNLP in the one version that SPICE was made for (4 gives other trees), and what runs our script where
#: Java has no JavaScript any more (from 15 on): Rhino, on Java 8 as on 25, on trimmed runtimes too.
ARTIFACTS = (
    Artifact(
        "edu.stanford.nlp",
        "stanford-corenlp",
        "3.6.0",
        "d341d5863276f55782c5ef73212222d6b3b48e02ae1951ab6de7618d28b12742",
        7_270_741,
        "GPL-3.0-or-later",
    ),
    Artifact(
        "edu.stanford.nlp",
        "stanford-corenlp",
        "3.6.0",
        "d285157bd7887ee3018094b5dbae092e49088b023361ccdb550ee1daf9b2c9bd",
        378_116_526,
        "GPL-3.0-or-later",
        "models",
    ),
    Artifact(
        "org.mozilla",
        "rhino",
        "1.7.15.1",
        "f3520a0e2e22d550f1216a456be233eb5385bf08e3219407dece7a16369eb38f",
        1_412_631,
        "MPL-2.0",
    ),
)


def jar_folder() -> Path:
    """Where ``evalkit setup spice`` puts the jars. May not exist yet."""
    return cache_dir() / "spice"


def spice_jar() -> Path:
    """SPICE itself. Raises MetricError where pycocoevalcap is not installed."""
    return pycoco_file("spice", "spice-1.0.jar")


def lexicon_jar() -> Path:
    """The METEOR jar that SPICE takes synonyms from. Raises MetricError likewise."""
    return pycoco_file("spice", "lib", "Meteor-1.5.jar")


def missing_jars() -> list[Artifact]:
    """What ``evalkit setup spice`` has still to fetch, told by size: hashing takes a second."""
    return [each for each in ARTIFACTS if _size(jar_folder() / each.file) != each.n_bytes]


def class_path() -> list[Path]:
    """All jars, CoreNLP first. Raises MetricError that says how to get what is missing."""
    missing = missing_jars()
    if missing:
        n_mb = sum(each.n_bytes for each in missing) / 1e6
        raise MetricError(
            f"SPICE's parser is not there: {missing[0].file} is missing in {jar_folder()}",
            hint=f"evalkit setup spice ({n_mb:,.0f} MB, once)",
        )
    spice = spice_jar()
    return [*(jar_folder() / each.file for each in ARTIFACTS), spice, *sorted(spice.parent.glob("lib/*.jar"))]


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
