"""``replay:`` reads captions in the form of COCO's results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.response import Response
from evalkit.errors import ModelSpecError
from evalkit.models.replay import read_recorded
from tests.shared_data import shared_data


def written(folder: Path, content: Any) -> Path:
    path = folder / "results.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("before", ["", "\ufeff", " \n\t", "\n" * 200])
def test_captions_answer_the_samples_of_their_images(tmp_path: Path, before: str) -> None:
    results = [{"image_id": 7, "caption": "a\u2028dog"}, {"image_id": "x.jpg", "caption": ""}]
    path = written(tmp_path, before + json.dumps(results))
    assert read_recorded(path) == {(None, "7", 0): Response("a\u2028dog"), (None, "x.jpg", 0): Response("")}


@pytest.mark.parametrize(
    "content, message",
    [
        ("[{", "not JSON"),
        ([1], "not an object with image_id and caption"),
        ([{"image_id": 1}], "not an object with image_id and caption"),
        ([{"caption": "a"}], "not an object with image_id and caption"),
        ([{"image_id": 1, "caption": "a"}, {"image_id": 1, "caption": "b"}], "image 1 has a second caption"),
    ],
)
def test_results_of_another_form_are_an_error_that_says_where(
    tmp_path: Path, content: Any, message: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ModelSpecError, match=message) as caught:
        read_recorded(path)
    assert str(path) in (caught.value.where or "")


@pytest.mark.shared_data
def test_cocos_example_results_are_a_thousand_captions() -> None:
    path = shared_data("coco_caption", "captions_val2014_fakecap_results.json")
    assert len(read_recorded(path)) == 1_000
