"""What a metric is called where people read it: without its parameters where it is the only one."""

from __future__ import annotations

from collections.abc import Iterable


def metric_words(labels: Iterable[str]) -> dict[str, str]:
    """Label -> name: ``mean:python(bounds=[0, 1])[lang=de]`` is ``mean:python[lang=de]`` where no other label
    would be called the same."""
    labels = list(dict.fromkeys(labels))
    short = {label: metric_word(label) for label in labels}
    names = list(short.values())
    return {label: word if names.count(word) == 1 else label for label, word in short.items()}


def metric_parts(label: str) -> tuple[str, str]:
    """Name and slice: ``mean:python(bounds=[0, 1])[lang=de]`` -> ``mean:python``, ``lang=de``; the slice is
    empty where there is none."""
    name, bracket, rest = label.partition("[")
    if "(" not in name:
        return name, rest.removesuffix("]") if bracket else ""
    name = label.partition("(")[0]
    _, bracket, part = label.rpartition(")[")
    return name, part.removesuffix("]") if bracket else ""


def metric_word(label: str) -> str:
    """A label without its parameters, for where it is the only metric of a picture."""
    name, part = metric_parts(label)
    return f"{name}[{part}]" if part else name
