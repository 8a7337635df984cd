"""Captions grouped by image: COCO's annotation files and Flickr8k's token files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.datasets.fileformat import FileFormat
from evalkit.datasets.load import load_file
from evalkit.errors import DatasetError
from tests.shared_data import shared_data

COCO = FileFormat(format="coco_captions")
FLICKR = FileFormat(format="flickr_captions")


def written(folder: Path, content: Any) -> Path:
    path = folder / "captions.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def annotation(image: Any, caption: Any) -> dict[str, Any]:
    return {"image_id": image, "id": 1, "caption": caption}


def test_captions_are_grouped_by_image_in_the_order_of_the_images(tmp_path: Path) -> None:
    content = {
        "images": [{"id": 7, "file_name": "seven.jpg"}, {"id": 3}, {"id": 5}],
        "annotations": [annotation(3, "a cat"), annotation(7, "a dog"), annotation(3, "two\ncats")],
    }
    assert load_file(written(tmp_path, content), COCO) == [
        {"id": 7, "file_name": "seven.jpg", "captions": ["a dog"]},
        {"id": 3, "captions": ["a cat", "two\ncats"]},
        {"id": 5, "captions": []},
    ]


def test_images_need_not_be_listed(tmp_path: Path) -> None:
    rows = load_file(written(tmp_path, {"annotations": [annotation(2, "x"), annotation(1, "y")]}), COCO)
    assert [row["id"] for row in rows] == [2, 1]


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "the file is not JSON"),
        ([], "not in the form of COCO's captions"),
        ({"images": []}, "not in the form of COCO's captions"),
        ({"annotations": [{"image_id": 1}]}, "annotation has no text 'caption'"),
        ({"annotations": [{"caption": "a"}]}, "image_id None is none of the images"),
        ({"images": [{"id": 1}], "annotations": [annotation(2, "a")]}, "image_id 2 is none of the images"),
    ],
)
def test_a_file_of_another_form_is_an_error_that_says_where(
    tmp_path: Path, content: Any, message: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(DatasetError, match=message) as caught:
        load_file(path, COCO)
    assert str(path) in (caught.value.where or "")


def test_token_files_are_grouped_by_their_image(tmp_path: Path) -> None:
    path = written(tmp_path, "b.jpg#0\tA dog .\na.jpg#0\tTwo # cats .\n\nb.jpg#1\tA \u2028 hound\n")
    assert load_file(path, FLICKR) == [
        {"id": "b.jpg", "captions": ["A dog .", "A \u2028 hound"]},
        {"id": "a.jpg", "captions": ["Two # cats ."]},
    ]


def test_a_line_without_image_is_an_error_with_its_number(tmp_path: Path) -> None:
    path = written(tmp_path, "b.jpg#0\tA dog .\nnothing\n")
    with pytest.raises(DatasetError, match="IMAGE#NUMBER") as caught:
        load_file(path, FLICKR)
    assert caught.value.where == f"{path}:2"


@pytest.mark.shared_data
def test_flickr8k_has_five_captions_of_nearly_every_test_image() -> None:
    rows = load_file(shared_data("flickr8k", "Flickr8k.token.test.txt"), FLICKR)
    assert len(rows) == 1_013
    assert sum(len(row["captions"]) for row in rows) == 5_064
