"""HELM: one run folder: ``stats.json`` with ``run_spec.json``, and where they are there the answers of
``scenario_state.json`` with ``per_instance_stats.json``.

Only unperturbed instances of the split under test count. A train trial is a repeat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evalkit.core.finish_reason import finish_reason_of
from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from evalkit.imports.imported import Answer, Figure, ImportedEvaluation, ImportedRun, Scale, Subject
from evalkit.imports.origin import chat_text, file_moment, message, moment, redact, settings, word
from evalkit.imports.reading import amount, get, need, number, read_json, refuse, whole

Record = Mapping[str, Any]

#: Bookkeeping of the run: no score of an answer.
_BOOKKEEPING = re.compile(
    r"num_|inference_|training_|finish_reason|batch_size|max_prob|logprob|prompt_tokens|ece_|platt_|selective_|"
    r"estimated_|predicted_index|logprob_per_byte"
)
_LOWER = frozenset({"perplexity", "bits_per_byte", "ece_10_bin", "toxic_frac"})
#: What of the adapter changes the numbers of a task, the model aside.
_ADAPTER = (
    "method",
    "max_train_instances",
    "max_eval_instances",
    "num_train_trials",
    "instructions",
    "input_prefix",
    "output_prefix",
)
_SPLITS = ("test", "valid")
_MODEL = re.compile(r",?(?:model|model_deployment)=[^,]*")


def claims(path: Path, head: Any) -> bool:
    """``stats.json`` of a folder: a list of numbers, each with a name object."""
    return (
        path.name == "stats.json"
        and isinstance(head, list)
        and all(isinstance(get(x, "name", dict), dict) for x in head)
    )


def read_run(path: Path) -> ImportedRun:
    """The folder that ``stats.json`` lies in. Raises UsageError that names file and key."""
    folder = path.parent
    spec_path = folder / "run_spec.json"
    if path.name != "stats.json" or not spec_path.exists():
        refuse(path, "is not the stats.json of a run folder with run_spec.json", "give HELM's run folder")
    spec = read_json(spec_path)
    if not isinstance(spec, dict):
        refuse(spec_path, "is not an object")
    stats = read_json(path)
    if not isinstance(stats, list):
        refuse(path, "is not a list")
    files = [
        file
        for file in map(folder.joinpath, ("scenario_state.json", "per_instance_stats.json"))
        if file.exists()
    ]
    evaluation = _evaluation(spec, spec_path, stats, files)
    if not evaluation.answers and not evaluation.figures:
        refuse(path, "holds no number of the test split")
    times = [each.response.created_at for each in evaluation.answers if each.response.created_at]
    started = min(times, default=None) or file_moment(path)
    return ImportedRun((path, spec_path, *files), started, max(times, default=None), (evaluation,))


def _evaluation(
    spec: Record, spec_path: Path, stats: Sequence[Any], files: Sequence[Path]
) -> ImportedEvaluation:
    name = need(spec, "name", str, spec_path)
    adapter = need(spec, "adapter_spec", dict, spec_path)
    model = adapter.get("model_deployment") or need(adapter, "model", str, spec_path, "adapter_spec")
    answers = tuple(_answers(*map(read_json, files), path=files[0])) if len(files) == 2 else ()
    names = dict.fromkeys(score.scorer for each in answers for score in each.scores)
    shared = [
        n for n in names if all(e.response.error or any(s.scorer == n for s in e.scores) for e in answers)
    ]
    task = _MODEL.sub("", name).replace(":,", ":").strip(":,") or name
    return ImportedEvaluation(
        task,
        Subject(redact(str(model)), None, settings(adapter)),
        {key: adapter.get(key) for key in _ADAPTER},
        {"max_eval_instances": adapter.get("max_eval_instances")},
        answers,
        {n: _scale(n) for n in shared},
        tuple(_figures(stats)),
    )


def _figures(stats: Sequence[Any]) -> Iterator[Figure]:
    found: dict[str, dict[str, float]] = {split: {} for split in _SPLITS}
    for stat in stats:
        name, value = (
            get(stat, "name", dict) or {},
            number((stat if isinstance(stat, dict) else {}).get("mean")),
        )
        split = name.get("split")
        if value is not None and split in found and not name.get("perturbation") and _is_judgement(name):
            found[split][word(name.get("name"))] = value
    chosen = next((found[split] for split in _SPLITS if found[split]), {})
    for label, value in chosen.items():
        yield Figure(label, value, _scale(label))


def _answers(state: Any, per_instance: Any, *, path: Path) -> Iterator[Answer]:
    scored: dict[tuple[str, int], list[Record]] = {}
    for row in per_instance if isinstance(per_instance, list) else ():
        if isinstance(row, dict) and not row.get("perturbation"):
            key = str(row.get("instance_id")), int(number(row.get("train_trial_index")) or 0)
            scored.setdefault(key, []).extend(get(row, "stats", list) or ())
    if not isinstance(state, dict):
        refuse(path, "is not an object")
    states = [each for each in need(state, "request_states", list, path) if isinstance(each, dict)]
    instances = [get(each, "instance", dict) or {} for each in states]
    split = next((s for s in _SPLITS if any(each.get("split") == s for each in instances)), None)
    seen = set()
    for each, instance in zip(states, instances, strict=True):
        key = str(instance.get("id")), int(number(each.get("train_trial_index")) or 0)
        is_scored = not instance.get("perturbation") and instance.get("split") == split
        if (
            is_scored and key not in seen
        ):  # ranked choices stand once for each choice; the numbers are the sample's
            seen.add(key)
            yield _answer(each, instance, key, scored.get(key, []))


def _answer(state: Record, instance: Record, key: tuple[str, int], stats: Sequence[Record]) -> Answer:
    result = get(state, "result", dict) or {}
    completion = next(iter(get(result, "completions", list) or ()), None)
    output = get(completion, "text", str)
    error = None
    if result.get("success") is False or output is None:
        error = message(result.get("error") or "no output")
    values = {str(s["name"].get("name")): number(s.get("mean")) for s in stats if get(s, "name", dict)}
    prompt = chat_text((get(state, "request", dict) or {}).get("prompt"))
    reason = get(get(completion, "finish_reason", dict), "reason", str)
    response = Response(
        None if error else output,
        key[0],
        key[1],
        prompt,
        error,
        finish_reason_of(reason),
        whole(values.get("num_prompt_tokens")),
        whole(values.get("num_output_tokens", values.get("num_completion_tokens"))),
        latency_s=amount(result.get("request_time"), "latency_s"),
        is_cached=result.get("cached") is True,
        created_at=moment(result.get("request_datetime")),
        vendor_finish_reason=reason,
        reasoning=get(get(completion, "thinking", dict), "text", str),
    )
    scored = {s["name"]["name"]: s for s in stats if _is_judgement(get(s, "name", dict) or {})}
    scores = tuple(
        Score(
            word(name),
            number(stat.get("mean")),
            None,
            None,
            None if number(stat.get("mean")) is not None else "no number",
        )
        for name, stat in scored.items()
    )
    text = chat_text((get(instance, "input", dict) or {}).get("text"))
    return Answer(Sample(key[0], text, _target(instance)), response, () if error else scores)


def _target(instance: Record) -> Any:
    right = [
        chat_text((get(each, "output", dict) or {}).get("text"))
        for each in get(instance, "references", list) or ()
        if isinstance(each, dict) and "correct" in (get(each, "tags", list) or ())
    ]
    return right[0] if len(right) == 1 else right or None


def _is_judgement(name: Record) -> bool:
    return not _BOOKKEEPING.match(str(name.get("name", "num_")))


def _scale(name: str) -> Scale:
    return Scale(f"helm:{name}", name not in _LOWER)
