"""Captions in the form that COCO's evaluation server takes: ``[{"image_id": 1, "caption": "…"}, …]``."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import orjson

from evalkit.core.response import Response
from evalkit.errors import ModelSpecError


def is_coco_results(file: IO[bytes]) -> bool:
    """Whether the first character is that of a JSON list; the file stands at its start again."""
    start = b""
    while not start and (block := file.read(64)):
        start = block.removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    return start.startswith(b"[")


def read_coco_results(file: IO[bytes], path: Path) -> dict[tuple[str | None, str, int], Response]:
    """Captions by (None, image id as text, 0): they answer the sample of that id in any task.

    A caption of an image that no task asks about changes nothing; the session warns of it. Raises
    ModelSpecError on a broken file, an entry without image or caption, or a second caption of one image.
    """
    try:
        results = orjson.loads(file.read().removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise ModelSpecError(f"the results are not JSON: {error}", where=str(path)) from None
    found: dict[tuple[str | None, str, int], Response] = {}
    for number, result in enumerate(results):
        where = f"{path}, result {number}"
        caption = result.get("caption") if isinstance(result, dict) else None
        if not isinstance(caption, str) or not isinstance(result.get("image_id"), int | str):
            raise ModelSpecError("a result is not an object with image_id and caption", where=where)
        key = (None, str(result["image_id"]), 0)
        if key in found:
            raise ModelSpecError(
                f"image {key[1]} has a second caption", where=where, hint="keep one caption of each image"
            )
        found[key] = Response(caption)
    return found
