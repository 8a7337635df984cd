"""The suite ``captions`` on COCO's example gives the numbers that COCO publishes for it.

SPICE is left out: parsing 6,000 captions takes minutes, and ``make bench-spice`` does it.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.invocation import environment, pytest_command
from tests.java_programs import has_meteor, need_java_of
from tests.shared_data import shared_data

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.shared_data

#: cocoEvalCapDemo.ipynb of tylin/coco-caption.
PUBLISHED = {
    "bleu_1": 0.579,
    "bleu_2": 0.404,
    "bleu_3": 0.279,
    "bleu_4": 0.191,
    "rouge_l_coco": 0.396,
    "cider_d": 0.600,
}


def run_coco(folder: Path, results: Path, *left_out: str) -> str:
    task = (ROOT / "suites/captions/coco.eval.yaml").read_text(encoding="utf-8")
    for name in ("spice", *left_out):
        assert f", {name}" in task
        task = task.replace(f", {name}", "")
    (folder / "coco.eval.yaml").write_text(task, encoding="utf-8")
    done = subprocess.run(
        [
            *(*pytest_command(), "-p", "no:cacheprovider", f"--rootdir={folder}"),
            "coco.eval.yaml",
            f"--llm-data={ROOT / 'tests/data/mirror.yaml'}",
            f"--llm-model=replay:{results}",
        ],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


def values(output: str, *names: str) -> dict[str, float]:
    words = [line.split() for line in output.splitlines()]
    wanted = names or tuple(PUBLISHED)
    return {each[0]: float(each[1]) for each in words if len(each) > 1 and each[0] in wanted}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a run over the recorded captions prints, with METEOR where it can run."""
    results = shared_data("coco_caption", "captions_val2014_fakecap_results.json")
    return run_coco(tmp_path_factory.mktemp("coco"), results, *(() if has_meteor() else ("meteor",)))


def test_recorded_captions_give_the_published_values(recorded: str) -> None:
    assert values(recorded) == PUBLISHED


def test_recorded_captions_give_the_published_meteor(recorded: str) -> None:
    need_java_of("meteor")
    assert values(recorded, "meteor") == {"meteor": 0.195}


def test_a_caption_of_an_unknown_image_harms_no_other_and_a_missing_one_is_an_error_row(
    tmp_path: Path,
) -> None:
    results = json.loads(
        shared_data("coco_caption", "captions_val2014_fakecap_results.json").read_text("utf-8")
    )
    changed = tmp_path / "results.json"
    changed.write_text(json.dumps([*results[1:], {"image_id": 10**9, "caption": "a dog"}]), encoding="utf-8")
    output = run_coco(tmp_path, changed, "meteor")
    assert "1,000 responses, 1 error" in output
    (n_and_failed,) = [line.split()[-2:] for line in output.splitlines() if line.split()[:1] == ["cider"]]
    assert n_and_failed == ["999", "1"]
    assert "outputs of 1 sample are passed over, as no task here has them, first '1000000000'" in output
    assert values(output)["rouge_l_coco"] == pytest.approx(PUBLISHED["rouge_l_coco"], abs=0.0015)
