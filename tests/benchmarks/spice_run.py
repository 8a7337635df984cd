"""METEOR and SPICE on the 1,000 published captions of COCO: values, seconds, and the same again.

The first run computes everything with Java, the second takes it from the cache. Started from the repository's
root with ``python -m tests.benchmarks.spice_run``; needs the shared data, Java, pycocoevalcap and
``evalkit setup spice``. Published are METEOR .195 and SPICE .133 (cocoEvalCapDemo.ipynb of coco-caption).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path

from evalkit.core.gate import MetricSpec
from evalkit.core.observations import Observations
from evalkit.core.response import Response
from evalkit.metrics.captions.engine.java import find_java
from evalkit.metrics.captions.engine.scenes import evaluation
from evalkit.metrics.captions.engine.scenes.jars import jar_folder
from evalkit.metrics.open import open_metric
from tests.shared_data import shared_data

PUBLISHED = {"meteor": 0.195, "spice": 0.133}


def images(n: int) -> Observations:
    """The captions of the first ``n`` images with their references."""
    found = json.loads(shared_data("coco_caption/spice_example_input_larger.json").read_text())[:n]
    return Observations(
        [str(each["image_id"]) for each in found],
        [each["refs"] for each in found],
        [Response(each["test"]) for each in found],
    )


def run(name: str, data: Observations) -> tuple[float, float, float]:
    """Value, seconds, and seconds of processor time of Java."""
    evaluation.forget()
    metric = open_metric(MetricSpec(name))
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    value = float(metric.aggregate(metric.table(data).rows)[0])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    java_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return value, time.perf_counter() - started, java_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000, help="of 1,000")
    data = images(parser.parse_args().images)
    jars = jar_folder().absolute()
    print(f"Java {find_java().version}, {os.cpu_count()} processors, {len(data):,} images")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EVALKIT_CACHE_DIR"] = folder
        (Path(folder) / "spice").symlink_to(jars)
        for name, published in PUBLISHED.items():
            value, first_s, java_s = run(name, data)
            again, second_s, _ = run(name, data)
            assert again == value
            print(
                f"{name}: {value:.4f} (published {published}), first run {first_s:.1f} s "
                f"(Java {java_s:.1f} s of processor time), second {second_s:.2f} s, "
                f"ratio {second_s / first_s:.4f}"
            )


if __name__ == "__main__":
    main()
