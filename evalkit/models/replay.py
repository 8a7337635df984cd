"""``replay:FILE``: outputs that were recorded earlier, by anybody, as JSON lines or COCO's results."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import IO, Any

import orjson

from evalkit.core.needs import EVERYTHING
from evalkit.core.request import Request
from evalkit.core.response import GIVEN, Response
from evalkit.core.response_values import usable
from evalkit.core.subject import ModelSpec
from evalkit.core.text import shown
from evalkit.errors import ModelError, ModelSpecError, did_you_mean
from evalkit.models.continuation import best_index
from evalkit.models.model import BaseModel, ModelSettings
from evalkit.models.recordings.coco_results import is_coco_results, read_coco_results
from evalkit.models.recordings.trec_run import read_run
from evalkit.models.spec_params import read_params
from evalkit.redaction.redact import redact

#: Fields of a Response that a recording may have; it is always a first answer, of its own day.
RECORDED = tuple(name for name in GIVEN if name not in ("is_cached", "created_at"))
FIELDS = frozenset({"sample_id", "output", "task", "repeat", "model", "error", *RECORDED})

_TEXTS = ("task", "model", "error")

#: The most repeats of one sample that the store can number.
_MOST_REPEATS = 2**31

#: Task or None for any task, sample id, repeat.
Key = tuple[str | None, str, int]


def open_model(spec: ModelSpec, settings: ModelSettings) -> ReplayModel:
    """``?model=NAME`` selects the rows of one model where a file holds several; ``?format=trec`` reads a TREC
    run."""
    params = read_params(spec, {"model": str, "format": str})
    path = settings.base_dir / spec.name
    form = params.get("format", "jsonl")
    if form not in ("jsonl", "trec"):
        raise ModelSpecError(f"replay format {form!r} is unknown", hint="jsonl or trec")
    if form == "trec":
        return ReplayModel(spec, path, read_run(path, params.get("model")))
    return ReplayModel(spec, path, *_read(path, params.get("model")))


def read_recorded(path: Path, model: str | None = None) -> dict[Key, Response]:
    """All recorded Responses of a file by task, sample and repeat; a log-probability of null is -infinity.

    A file whose first character is ``[`` holds COCO's results, see ``read_coco_results``.

    Raises ModelSpecError: a missing file, a broken line (file and line), a row that appears twice (both
    lines), several models without a choice among them.
    """
    return _read(path, model)[0]


def _read(path: Path, model: str | None) -> tuple[dict[Key, Response], str | None]:
    """The Responses, and the model that gave all of them where the file names one."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise ModelSpecError(
            f"recorded outputs cannot be read: {error.strerror}", where=str(path), hint="check the path"
        ) from None
    with file:
        if is_coco_results(file):
            return read_coco_results(file, path), None
        return _read_lines(file, path, model)


def _read_lines(file: IO[bytes], path: Path, model: str | None) -> tuple[dict[Key, Response], str | None]:
    found: dict[Key, Response] = {}
    lines: dict[Key, int] = {}
    models: dict[str | None, int] = {}
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        row = _row(line, path, number)
        models.setdefault(row.get("model"), number)
        if model is not None and row.get("model") != model:
            continue
        key: Key = (row.get("task"), str(row["sample_id"]), row.get("repeat") or 0)
        if key in found and (model is not None or len(models) == 1):
            raise ModelSpecError(
                f"sample {key[1]!r} repeat {key[2]} appears twice: lines {lines[key]} and {number}",
                where=str(path),
                hint="keep one, or number them with 'repeat'",
            )
        found[key] = _response(row)
        lines[key] = number
    _check_models(path, model, models)
    return found, model or (next(iter(models)) if len(models) == 1 else None)


def _row(line: bytes, path: Path, number: int) -> dict[str, Any]:
    where = f"{path}:{number}"
    try:
        row = orjson.loads(line)
    except ValueError as error:
        raise ModelSpecError(
            f"line is not JSON: {error}", where=where, hint="fix or remove the line"
        ) from None
    if not isinstance(row, dict) or "sample_id" not in row:
        raise ModelSpecError("line is not an object with a sample_id", where=where)
    unknown = next((key for key in row if key not in FIELDS), None)
    if unknown is not None:
        raise ModelSpecError(f"unknown field {unknown!r}", where=where, hint=did_you_mean(unknown, FIELDS))
    repeat = row.get("repeat") or 0
    if isinstance(repeat, bool) or not isinstance(repeat, int) or not 0 <= repeat < _MOST_REPEATS:
        raise ModelSpecError(f"repeat {shown(repeat)} is not a whole number >= 0", where=where)
    if isinstance(row["sample_id"], bool) or not isinstance(row["sample_id"], str | int | float):
        raise ModelSpecError(f"sample_id {shown(row['sample_id'])} is not a text or a number", where=where)
    for name in _TEXTS:
        if not isinstance(row.get(name), str | None):
            raise ModelSpecError(f"{name} {shown(row[name])} is not a text", where=where)
    has_answer = isinstance(row.get("output"), str) or row.get("choice_logprobs")
    if not has_answer and not row.get("error"):
        raise ModelSpecError(
            "line has neither an output (a text) nor choice_logprobs nor an error", where=where
        )
    _check_numbers(row, where)
    return row


def _check_numbers(row: Mapping[str, Any], where: str) -> None:
    logprobs = row.get("choice_logprobs") or []
    if isinstance(logprobs, list):
        logprobs = [-inf if value is None else value for value in logprobs]
    try:
        for name in RECORDED:
            usable(name, logprobs if name == "choice_logprobs" else row.get(name))
    except ValueError as error:
        raise ModelSpecError(str(error), where=where, hint="fix the line") from None


def _response(row: Mapping[str, Any]) -> Response:
    logprobs = row.get("choice_logprobs")
    error = row.get("error")
    told = {name: usable(name, row[name]) for name in RECORDED if name in row and name != "choice_logprobs"}
    return Response(
        None if error else row.get("output"),
        error=redact(str(error)) if error else None,
        choice_logprobs=tuple(-inf if each is None else float(each) for each in logprobs)
        if logprobs
        else None,
        **told,
    )


def _check_models(path: Path, model: str | None, models: Mapping[str | None, int]) -> None:
    names = [name for name in models if name is not None]
    if model is not None and model not in models:
        raise ModelSpecError(
            f"no output of model {model!r} is in the file", where=str(path), hint=did_you_mean(model, names)
        )
    if model is None and len(models) > 1:
        raise ModelSpecError(
            f"the file holds outputs of several models: {', '.join(map(str, models))}",
            where=str(path),
            hint="choose one with ?model=NAME",
        )


class ReplayModel(BaseModel):
    """Answers from a file. A Sample that is not in it is an error, never a zero.

    Attributes:
        revision: the model that the rows name, where they name one.
    """

    default_concurrency = 64
    #: Whatever was asked, the answer is recorded.
    carries = EVERYTHING
    cache_identity = None
    #: How fast a file can be read says nothing of the model: what was not recorded stays unknown.
    has_latency = False
    #: What was recorded is all there is: a further answer would be no new one.
    is_recorded = True

    def __init__(
        self, spec: ModelSpec, path: Path, recorded: Mapping[Key, Response], revision: str | None = None
    ) -> None:
        super().__init__(spec)
        self.revision = revision
        self.params: Mapping[str, Any] = {}
        self._path = path
        self._recorded = recorded

    async def respond(self, request: Request) -> Response:
        """The recorded answer for the request's task, sample and repeat."""
        sample_id, repeat = request.sample.id, request.repeat
        response = self._recorded.get((request.task, sample_id, repeat))
        if response is None:
            response = self._recorded.get((None, sample_id, repeat))
        if response is None:
            of = f" repeat {repeat}" if repeat else ""
            raise ModelError(f"sample {sample_id!r}{of} of {request.task} is not in {self._path.name}")
        if response.error is not None:
            raise ModelError(response.error)
        return self._chosen(request, response) if response.choice_logprobs else response

    def unmatched(self, known: Mapping[str, Collection[str]]) -> list[str]:
        """Recorded samples that none of the tasks has; ``known`` is task to the ids of its samples. What was
        recorded for another task is none."""
        anywhere = {sample_id for ids in known.values() for sample_id in ids}
        found = {
            sample_id: None
            for task, sample_id, _ in self._recorded
            if sample_id not in (anywhere if task is None else known.get(task, (sample_id,)))
        }
        return list(found)

    def _chosen(self, request: Request, response: Response) -> Response:
        """With log-probabilities the answer is the likeliest choice, whatever ``output`` says."""
        choices, logprobs = request.sample.choices, response.choice_logprobs
        assert logprobs is not None
        if choices is None or len(choices) != len(logprobs):
            raise ModelError(
                f"sample {request.sample.id!r} has {len(choices or ())} choices and "
                f"{self._path.name} {len(logprobs)} choice_logprobs"
            )
        return replace(response, output=choices[best_index(logprobs)])
