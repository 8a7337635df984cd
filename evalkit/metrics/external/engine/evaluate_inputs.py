"""From responses and targets to the inputs that a module of evaluate declares."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from evalkit.core.observations import Observations
from evalkit.core.text import shown
from evalkit.errors import MetricError
from evalkit.metrics.metric import Floats
from evalkit.metrics.references import NO_TARGET, references_of

#: Inputs that were read in this process: rows of numbers name them by their place.
_PAIRS: list[tuple[Any, Any]] = []
_PLACES: dict[str, int] = {}

#: Positions in the list of inputs, (n,).
Places = npt.NDArray[np.int64]

_Read = Callable[[Observations, int], Any]


@dataclass(frozen=True)
class Inputs:
    """Predictions and references of one resample, in the order of the responses."""

    predictions: Sequence[Any]
    references: Sequence[Any]

    @classmethod
    def at(cls, places: Places) -> Inputs:
        """What stands at ``places``."""
        pairs = [_PAIRS[place] for place in places]
        return cls([prediction for prediction, _ in pairs], [reference for _, reference in pairs])

    def result(self, module: Any, key: str | None, options: Mapping[str, Any], *, is_resample: bool) -> float:
        """The number that the module gives. Raises MetricError where it fails or there is none under ``key``.

        A resample goes straight to the module's own code: evaluate's way over a file on disk would give it
        the same values, fifty times slower.
        """
        compute = module._compute if is_resample else module.compute
        try:
            found = compute(predictions=self.predictions, references=self.references, **options)
        except Exception as error:  # the module is somebody else's code
            raise MetricError(f"the module {module.name!r} failed: {type(error).__name__}: {error}") from None
        return _number(found, key, module.name)


def read_inputs(observations: Observations, module: Any) -> tuple[list[int], Floats, str | None]:
    """Indexes of the responses that count, (n, 1) places of their inputs, and why another one first failed.

    A response without a target, or one whose answer is not of the declared kind, fails by itself.
    """
    read_prediction, read_reference = _readers(module, observations)
    kept, places, failure = [], [], None
    for index, response in enumerate(observations.responses):
        if response.error is None:
            prediction = read_prediction(observations, index)
            if not references_of(observations.targets[index]):
                problem = NO_TARGET
            elif prediction is None:
                answer = shown(_answer(observations, index))
                problem = f"the answer {answer} is neither a number nor one of the choices"
            else:
                kept.append(index)
                places.append(_place(prediction, read_reference(observations, index)))
                continue
            failure = failure or f"sample {observations.sample_ids[index]!r}: {problem}"
    return kept, np.array(places, dtype=np.float64).reshape(-1, 1), failure


def _place(prediction: Any, reference: Any) -> int:
    key = json.dumps([prediction, reference], sort_keys=True)
    if key not in _PLACES:
        _PLACES[key] = len(_PAIRS)
        _PAIRS.append((prediction, reference))
    return _PLACES[key]


def _readers(module: Any, observations: Observations) -> tuple[_Read, _Read]:
    """How predictions and references are read, by the first of the module's input formats that fits."""
    formats = module.features if isinstance(module.features, list) else [module.features]
    needs_several = any(
        isinstance(target, list | tuple) and len(target) > 1 for target in observations.targets
    )
    for features in formats:
        if set(features) != {"predictions", "references"}:
            continue
        kinds = _kind(features["predictions"]), _kind(features["references"])
        if kinds in _READERS and not (needs_several and kinds == ("text", "text")):
            return _READERS[kinds]
    wanted = " or ".join(", ".join(f"{name}: {_shown(f)}" for name, f in each.items()) for each in formats)
    several = " with several references" if needs_several else ""
    raise MetricError(f"the module {module.name!r} takes {wanted}, which a task{several} does not give")


def _kind(feature: Any) -> str:
    if isinstance(feature, dict):
        return "squad" if "id" in feature else "mapping"
    dtype = getattr(feature, "dtype", "")
    if dtype in ("string", "large_string"):
        return "text"
    if dtype.startswith(("int", "uint")):
        return "whole"
    if dtype.startswith("float"):
        return "number"
    inner = getattr(feature, "feature", None)
    return f"list of {_kind(inner)}" if inner is not None else "unknown"


def _shown(feature: Any) -> str:
    return _kind(feature) if not isinstance(feature, dict) else "{" + ", ".join(feature) + "}"


def _output(observations: Observations, index: int) -> str:
    return observations.responses[index].output or ""


def _reference(observations: Observations, index: int) -> str:
    return references_of(observations.targets[index])[0]


def _references(observations: Observations, index: int) -> list[str]:
    return list(references_of(observations.targets[index]))


def _whole(observations: Observations, index: int) -> int | None:
    value = _as_number(observations, _answer(observations, index))
    return None if value is None else round(value)


def _float(observations: Observations, index: int) -> float | None:
    return _as_number(observations, _answer(observations, index))


def _answer(observations: Observations, index: int) -> Any:
    """What the task's scorer read out of the output, else the output."""
    for scores in observations.scores.values():
        if scores[index].answer is not None:
            return scores[index].answer
    return _output(observations, index).strip()


def _whole_target(observations: Observations, index: int) -> int:
    return round(_float_target(observations, index))


def _float_target(observations: Observations, index: int) -> float:
    value = _as_number(observations, observations.targets[index])
    if value is None:
        sample = observations.sample_ids[index]
        raise MetricError(f"the target of sample {sample!r} is neither a number nor one of the choices")
    return value


def _as_number(observations: Observations, value: Any) -> float | None:
    if observations.labels and str(value) in observations.labels:
        return float(observations.labels.index(str(value)))
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if isfinite(number) else None


def _squad_prediction(observations: Observations, index: int) -> dict[str, Any]:
    return {"id": observations.sample_ids[index], "prediction_text": _output(observations, index)}


def _squad_reference(observations: Observations, index: int) -> dict[str, Any]:
    texts = _references(observations, index)
    return {
        "id": observations.sample_ids[index],
        "answers": {"text": texts, "answer_start": [0] * len(texts)},
    }


_READERS: Mapping[tuple[str, str], tuple[_Read, _Read]] = {
    ("text", "text"): (_output, _reference),
    ("text", "list of text"): (_output, _references),
    ("whole", "whole"): (_whole, _whole_target),
    ("number", "number"): (_float, _float_target),
    ("squad", "squad"): (_squad_prediction, _squad_reference),
}


def _number(found: Any, key: str | None, module: str) -> float:
    if not isinstance(found, Mapping):
        raise MetricError(f"the module {module!r} gave {type(found).__name__}, not named numbers")
    names = list(_numeric(found))
    chosen = key or (module if module in names else names[0] if len(names) == 1 else None)
    if chosen is None or chosen not in names:
        seen = f"no number called {key!r}" if key else "several numbers" if names else "no number"
        hint = "write 'key: " + " | ".join(names) + "'" if names else None
        raise MetricError(f"the module {module!r} gives {seen}", hint=hint)
    return float(found[chosen])


def _numeric(found: Mapping[str, Any]) -> Iterator[str]:
    for name, value in found.items():
        if isinstance(value, Real | np.number) and not isinstance(value, bool):
            yield name
