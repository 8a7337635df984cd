"""Images that inputs showed, as many as a page may carry: those of samples that changed or failed first."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.columns import column_of
from evalkit.core.message import Media
from evalkit.report.data import EvaluationData, RowSource
from evalkit.report.selection import PRIORITY, kinds_of

#: Bytes of all images together.
MAX_BYTES = 6_000_000


def images_of(items: Sequence[EvaluationData], source: RowSource) -> dict[str, Media]:
    """Hash to image; what is not an image, not kept or beyond the bound is left out."""
    found: dict[str, Media] = {}
    n_bytes = 0
    for sha256 in _shown(items):
        media = source.media(sha256)
        if media is None or not media.media_type.startswith("image/"):
            continue
        n_bytes += len(media.data)
        if n_bytes > MAX_BYTES:
            break
        found[sha256] = media
    return found


def _shown(items: Sequence[EvaluationData]) -> dict[str, None]:
    """Each hash once, those of PRIORITY's first kind first."""
    rows = [
        (PRIORITY.index(kind), hashes)
        for item in items
        if any(column_of(item.observations.responses, "media"))
        for kind, hashes in zip(kinds_of(item), column_of(item.observations.responses, "media"), strict=True)
        if hashes
    ]
    rows.sort(key=lambda row: row[0])
    return dict.fromkeys(sha256 for _, hashes in rows for sha256 in hashes)
