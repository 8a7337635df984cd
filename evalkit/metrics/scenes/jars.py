"""What SPICE's parser runs on: the jars inside pycocoevalcap and those that it lacks."""

from __future__ import annotations

from pathlib import Path

from evalkit.downloads.cache_dir import cache_dir
from evalkit.downloads.maven import Artifact
from evalkit.errors import MetricError
from evalkit.metrics.java import Java
from evalkit.metrics.pycoco import pycoco_file

_ASM = "BSD-3-Clause"

#: CoreNLP in the one version that SPICE was made for (4 gives other trees), and the JavaScript engine that
#: Java 15 removed, with its own needs.
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
        "org.openjdk.nashorn",
        "nashorn-core",
        "15.7",
        "3f2b62e55b5458ba2e8a0cc4599aa3abe81b1422e31c38bb8294a7096ceee6f2",
        2_139_093,
        "GPL-2.0 with Classpath exception",
    ),
    *(
        Artifact("org.ow2.asm", name, "7.3.1", sha256, n_bytes, _ASM)
        for name, sha256, n_bytes in (
            ("asm", "2f67e11ceec819ebd88ddee5300aba699b1cbab2e20c22e97cf027d3be93959b", 121_836),
            ("asm-analysis", "46b8a8efd4b94facb5ab4b35afe30ee0546ae7a43d2c64e6def56c2f168fefa5", 33_446),
            ("asm-commons", "87cd8bb3c6bf6bcbb33fca48060c5065f66ebf6a3d7de9bf18bff51bcf156ebc", 71_548),
            ("asm-tree", "f91a4a8aa868c5c4665bb4fd134019a91f9f8b9216527fba295e3c8b5422b78b", 52_826),
            ("asm-util", "182128592742ed4883ac82bf205f137b6bfbe1234c68e6feb13759e75a85b729", 84_817),
        )
    ),
)

#: Up to Java 10 the engine of Java itself; the one of Maven Central needs Java 11.
_OWN_ENGINE_UNTIL = 10
_OWN_SHELL, _SHELL = "jdk.nashorn.tools.Shell", "org.openjdk.nashorn.tools.Shell"


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
            mend=f"evalkit setup spice ({n_mb:,.0f} MB, once)",
        )
    spice = spice_jar()
    return [*(jar_folder() / each.file for each in ARTIFACTS), spice, *sorted(spice.parent.glob("lib/*.jar"))]


def shell_class(java: Java) -> str:
    """The class that runs a script, of Java itself or of the jars."""
    return _OWN_SHELL if java.version <= _OWN_ENGINE_UNTIL else _SHELL


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
