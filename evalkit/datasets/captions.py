"""Captions grouped by their image: COCO's annotations and Flickr8k's token files as rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from evalkit.errors import DatasetError

#: Where a row stands and the row, or a text that says how it is broken.
Placed = tuple[str, Mapping[str, Any] | str]


def read_coco_captions(stream: IO[str], where: str) -> Iterator[Placed]:
    """``{"images": [{"id", …}], "annotations": [{"image_id", "caption"}]}`` -> a row for each image.

    A row has ``id``, ``captions`` (a list, in the file's order) and the other fields of the image, in the
    order of ``images``, or of first captions where images are not listed. An image without captions has an
    empty list. Raises DatasetError when the file has another form.
    """
    content = read_json(stream, where)
    annotations = content.get("annotations") if isinstance(content, dict) else None
    if not isinstance(annotations, list):
        what = "the file has no list 'annotations': it is not in the form of COCO's captions"
        raise DatasetError(what, where=where)
    images = _images(content.get("images") or (), where)
    captions: dict[Any, list[str]] = {image: [] for image in images}
    for number, annotation in enumerate(annotations):
        at = f"{where}, annotation {number}"
        if not isinstance(annotation, dict) or not isinstance(annotation.get("caption"), str):
            yield at, "the annotation has no text 'caption'"
        elif not _is_id(annotation.get("image_id")) or (images and annotation["image_id"] not in images):
            yield at, f"image_id {annotation.get('image_id')!r} is none of the images"
        else:
            captions.setdefault(annotation["image_id"], []).append(annotation["caption"])
    for image, texts in captions.items():
        yield f"{where}, image {image}", {**images.get(image, {}), "id": image, "captions": texts}


def read_json(stream: IO[str], where: str) -> Any:
    """The value of a whole file of JSON. Raises DatasetError with ``file:line`` where it is none."""
    try:
        return json.load(stream)
    except json.JSONDecodeError as error:
        raise DatasetError(f"the file is not JSON: {error.msg}", where=f"{where}:{error.lineno}") from None


def _images(listed: Any, where: str) -> dict[Any, dict[str, Any]]:
    if not isinstance(listed, list | tuple):
        raise DatasetError("'images' is not a list", where=where)
    images = {}
    for number, image in enumerate(listed):
        if not isinstance(image, dict) or not _is_id(image.get("id")):
            raise DatasetError("the image has no 'id', a text or a number", where=f"{where}, image {number}")
        images[image["id"]] = dict(image)
    return images


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int)


def read_flickr_captions(stream: IO[str], where: str) -> Iterator[Placed]:
    """Lines ``IMAGE.jpg#0<tab>caption`` -> a row ``{"id": "IMAGE.jpg", "captions": […]}`` for each image."""
    captions: dict[str, list[str]] = {}
    for number, line in enumerate(stream, start=1):
        key, tab, caption = line.rstrip("\n").partition("\t")
        image = key.rpartition("#")[0]
        if tab and image:
            captions.setdefault(image, []).append(caption)
        elif line.strip():
            yield f"{where}:{number}", "the line is not 'IMAGE#NUMBER<tab>CAPTION'"
    for image, texts in captions.items():
        yield f"{where}, image {image}", {"id": image, "captions": texts}
