"""What metrics are called where people read them."""

from __future__ import annotations

import pytest

from evalkit.report.metric_words import metric_parts, metric_words


@pytest.mark.parametrize(
    "label, parts",
    [
        ("accuracy", ("accuracy", "")),
        ("accuracy[lang=de]", ("accuracy", "lang=de")),
        ("mean:python(bounds=[0, 1])", ("mean:python", "")),
        ("mean:python(bounds=[0, 1])[lang=de]", ("mean:python", "lang=de")),
        ("rougeL(use_stemmer=true)[part=a(b)]", ("rougeL", "part=a(b)")),
    ],
)
def test_a_label_has_a_name_and_a_slice(label: str, parts: tuple[str, str]) -> None:
    assert metric_parts(label) == parts


def test_parameters_stay_where_they_tell_two_metrics_apart() -> None:
    labels = ["recall(k=5)", "recall(k=10)", "mean:python(bounds=[0, 1])"]
    assert list(metric_words(labels).values()) == ["recall(k=5)", "recall(k=10)", "mean:python"]
