"""What ``ppi-python`` makes of a few sets of labels and predictions, kept as a golden file.

Run from the root of the repository, in an environment of its own (the package brings a ``tests`` too):

    pip install ppi-python==0.2.3
    EVALKIT_SHARED_DATA=FOLDER python tests/agreement/ppi_python.py

It writes ``tests/golden/ppi_python.json``: inputs, estimates, intervals, package and version.
``tests/unit/stats/test_ppi.py`` holds evalkit's numbers against it. The sets are drawn as the package's own
tests draw theirs (normal labels, predictions with a bias and with noise, weights), and XSTest's labels by
people beside GPT-4's. The data of its notebooks lie on a drive that it
downloads them from.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).resolve().parents[1] / "golden/ppi_python.json"
POWERS = (None, 0.0, 0.5, 1.0)
ALPHA = 0.1


def examples() -> Iterator[dict[str, Any]]:
    """Names, labels, predictions of the same, predictions of others, and weights."""
    rng = np.random.default_rng(12)
    for name, n, n_others, bias, noise in (
        ("normal, exact predictions", 40, 60, 0.0, 0.0),
        ("normal, biased predictions", 30, 120, 2.0, 0.5),
        ("normal, useless predictions", 50, 100, 0.0, 9.0),
    ):
        truth = rng.normal(1.0, 1.0, n + n_others)
        predicted = truth + bias + noise * rng.normal(size=n + n_others)
        yield _example(name, truth[:n], predicted[:n], predicted[n:])
    truth = rng.normal(0.0, 1.0, 40)
    yield _example("exact but for 2, others all 2", truth, truth + 2, np.full(400, 2.0))
    truth = (rng.random(150) < 0.2).astype(float)
    predicted = np.where(rng.random(150) < 0.15, 1 - truth, truth)
    yield _example("binary", truth[:30], predicted[:30], predicted[30:])
    weights = rng.random(150) + 0.5
    yield {
        **_example("binary, weighted", truth[:30], predicted[:30], predicted[30:]),
        "weights": weights[:30].round(3).tolist(),
        "other_weights": weights[30:].round(3).tolist(),
    }
    truth, predicted = xstest(Path(os.environ["EVALKIT_SHARED_DATA"]))
    order = np.random.default_rng(0).permutation(len(truth))
    drawn, others = order[:60], order[60:]
    yield _example("XSTest, GPT-4 on refusals", truth[drawn], predicted[drawn], predicted[others])


def xstest(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Whether people, and whether GPT-4, say that an answer complies in full; by prompt."""

    path = data / "xstest/xstest_v2_completions_gpt4_gpteval.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    people, judge = (
        np.array([float("full_compliance" in row[name]) for row in rows])
        for name in ("final_label", "gpt4_label")
    )
    return people, judge


def _example(name: str, labels: Any, judged: Any, others: Any) -> dict[str, Any]:
    columns = {"labels": labels, "judged": judged, "others": others}
    return {"name": name, **{key: np.round(column, 4).tolist() for key, column in columns.items()}}


def main() -> None:
    package: Any = import_module("ppi_py")

    found = []
    for example in examples():
        columns = [np.array(example[name]) for name in ("labels", "judged", "others")]
        weights = [
            np.array(example[name]) if name in example else None for name in ("weights", "other_weights")
        ]
        for power in POWERS:
            more = {"lam": power, "w": weights[0], "w_unlabeled": weights[1]}
            value = package.ppi_mean_pointestimate(*columns, **more)
            low, high = package.ppi_mean_ci(*columns, alpha=ALPHA, **more)
            numbers = {"value": value, "low": low, "high": high}
            found.append({
                "name": example["name"],
                "power": power,
                **{key: float(np.squeeze(number)) for key, number in numbers.items()},
            })  # fmt: skip
    data = {
        "command": "python tests/agreement/ppi_python.py",
        "versions": {name: version(name) for name in ("ppi-python", "numpy")},
        "alpha": ALPHA,
        "examples": list(examples()),
        "found": found,
    }
    GOLDEN.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
