"""TREC run files as recorded outputs: what a retrieval system found, a document on each line."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path

from evalkit.core.response import Response
from evalkit.errors import ModelSpecError

#: Any task, query id, the first repeat.
Key = tuple[str | None, str, int]


def read_run(path: Path, run: str | None = None) -> dict[Key, Response]:
    """``query Q0 document rank score run`` on each line -> a Response for each query.

    Its output is JSON, ``[["document", score], …]`` by descending score, equal scores by descending id, as
    trec_eval ranks: the rank that the file gives counts as little as there.

    Args:
        run: read the lines of this run alone.

    Raises ModelSpecError: a missing file, a broken line (file and line), a document that appears twice,
    lines of several runs without a choice among them, no line at all.
    """
    found: dict[str, dict[str, float]] = {}
    runs: set[str] = set()
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelSpecError(f"the run cannot be read: {reason}", where=str(path)) from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        query, document, score, name = _parsed(line, f"{path}:{number}")
        if run is not None and name != run:
            continue
        runs.add(name)
        documents = found.setdefault(query, {})
        if document in documents and len(runs) == 1:
            what = f"document {document!r} of query {query!r} appears twice"
            raise ModelSpecError(what, where=f"{path}:{number}")
        documents[document] = score
    if len(runs) != 1:
        what = f"the file holds runs {', '.join(sorted(runs))}" if runs else "the file holds no such run"
        raise ModelSpecError(what, where=str(path), hint="choose one with ?model=NAME")
    return {(None, query, 0): _response(documents) for query, documents in found.items()}


def _parsed(line: str, where: str) -> tuple[str, str, float, str]:
    cells = line.split()
    try:
        query, _, document, _, score, name = cells[:6]
        value = float(score)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise ModelSpecError(
            "the line is not 'query Q0 document rank score run'",
            where=where,
            hint="for JSON lines leave out ?format=trec",
        )
    return query, document, value, name


def _response(documents: dict[str, float]) -> Response:
    ranked = sorted(((score, document) for document, score in documents.items()), reverse=True)
    return Response(json.dumps([[document, score] for score, document in ranked], ensure_ascii=False))
