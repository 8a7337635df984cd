"""``replay:FILE.jsonl``: outputs that were recorded before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError, did_you_mean
from evalkit.models.continuation import choice_response
from evalkit.models.model import ModelSettings
from evalkit.models.parameters import Parameters

_NUMBERS = ("latency_s", "prompt_tokens", "completion_tokens", "cost_usd")

#: Task (empty: any), sample id, repeat.
Key = tuple[str, str, int]


class ReplayModel:
    """Answers from a JSONL file: one object for each response, fields as in the documentation of recorded
    outputs.

    ``?model=NAME`` takes the rows of one model where the file holds several. A sample that the file does not
    have is a ModelError, never an empty answer.
    """

    default_concurrency = 64
    #: Where no latency was recorded there is none; how fast a file can be read says nothing.
    has_latency = False

    def __init__(self, spec: ModelSpec, settings: ModelSettings) -> None:
        parameters = Parameters(spec)
        self._wanted = parameters.text("model")
        parameters.finish()
        self.spec = spec
        self.path = settings.base_dir / spec.name
        if not self.path.is_file():
            raise ModelSpecError(
                f"no such file: {spec.name}",
                where=spec.text,
                mend="the path is relative to the working directory",
            )
        self.revision: str | None = None
        self.params: Mapping[str, Any] = {"model": self._wanted} if self._wanted else {}
        self.cache_identity: Mapping[str, Any] | None = None
        self._lines: dict[Key, bytes] | None = None

    async def start(self) -> None:
        """Read and check the whole file, in a thread. Raises ModelSpecError with file and line."""
        self._lines, digest = await asyncio.to_thread(load, self.path, self._wanted)
        self.revision = f"sha256:{digest[:16]}"

    async def respond(self, request: Request) -> Response:
        if self._lines is None:
            await self.start()
        assert self._lines is not None
        sample_id = request.sample.id
        line = self._lines.get((request.task, sample_id, request.repeat))
        line = line or self._lines.get(("", sample_id, request.repeat))
        if line is None:
            suffix = f" (repeat {request.repeat})" if request.repeat else ""
            raise ModelError(f"sample {sample_id!r}{suffix} is not recorded", where=str(self.path))
        return _response(orjson.loads(line), request)

    async def close(self) -> None:
        self._lines = None


def open_model(spec: ModelSpec, settings: ModelSettings) -> ReplayModel:
    """The registry's factory."""
    return ReplayModel(spec, settings)


def load(path: Path, model: str | None) -> tuple[dict[Key, bytes], str]:
    """The raw lines by key, and the file's SHA-256. Lines stay unparsed: a row as a dict is four times
    larger.
    """
    lines: dict[Key, bytes] = {}
    numbers: dict[Key, int] = {}
    models: set[str] = set()
    digest = sha256()
    for number, raw in _numbered(path):
        digest.update(raw)
        if raw.isspace():
            continue
        row = _checked(raw, f"{path}:{number}")
        models.add(str(row.get("model") or ""))
        if model is not None and row.get("model") != model:
            continue
        key = (row.get("task") or "", str(row["sample_id"]), row.get("repeat") or 0)
        if key in numbers:
            raise ModelSpecError(
                f"sample {key[1]!r} stands here and on line {numbers[key]}",
                where=f"{path}:{number}",
                mend=_mend(models),
            )
        lines[key], numbers[key] = raw.rstrip(), number
    _check_models(path, models, model, lines)
    return lines, digest.hexdigest()


def _numbered(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            yield from enumerate(file, start=1)
    except OSError as error:
        raise ModelSpecError(f"cannot be read: {error.strerror}", where=str(path)) from None


def _checked(raw: bytes, where: str) -> dict[str, Any]:
    try:
        row = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ModelSpecError(f"not JSON: {error}", where=where, mend="one JSON object on each line") from None
    if not isinstance(row, dict):
        raise ModelSpecError(f"a {type(row).__name__} instead of an object", where=where)
    fault = _fault(row)
    if fault:
        raise ModelSpecError(fault, where=where)
    return row


def _fault(row: Mapping[str, Any]) -> str | None:
    sample_id, output, repeat = row.get("sample_id"), row.get("output"), row.get("repeat")
    if isinstance(sample_id, bool) or not isinstance(sample_id, str | int):
        return "no sample_id" if sample_id is None else f"sample_id {sample_id!r} is not a text"
    if output is not None and not isinstance(output, str):
        return f"output {output!r:.60} is not a text"
    if output is None and not row.get("error") and not row.get("choice_logprobs"):
        return f"sample {sample_id!r} has neither output nor error"
    if repeat is not None and (isinstance(repeat, bool) or not isinstance(repeat, int) or repeat < 0):
        return f"repeat {repeat!r} is not a whole number >= 0"
    for name in _NUMBERS:
        if row.get(name) is not None and not _is_number(row[name]):
            return f"{name} {row[name]!r:.60} is not a number"
    logprobs = row.get("choice_logprobs")
    if logprobs is not None and not (isinstance(logprobs, list) and all(map(_is_number, logprobs))):
        return "choice_logprobs is not a list of numbers"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _mend(models: set[str]) -> str | None:
    return f"choose one with ?model=NAME of {', '.join(sorted(models))}" if len(models) > 1 else None


def _check_models(path: Path, models: set[str], model: str | None, lines: Mapping[Key, bytes]) -> None:
    if model is None and len(models) > 1:
        raise ModelSpecError(
            f"rows of {len(models)} models stand in one file", where=str(path), mend=_mend(models)
        )
    if model is not None and model not in models:
        raise ModelSpecError(
            f"no row is of model {model!r}", where=str(path), mend=did_you_mean(model, models - {""})
        )
    if not lines:
        raise ModelSpecError("the file holds no responses", where=str(path))


def _response(row: Mapping[str, Any], request: Request) -> Response:
    if row.get("error"):
        raise ModelError(str(row["error"]))
    known: dict[str, Any] = {name: row.get(name) for name in _NUMBERS}
    logprobs = row.get("choice_logprobs")
    if logprobs and (request.continuations is not None or row.get("output") is None):
        return choice_response(request, [float(value) for value in logprobs], **known)
    return Response(
        output=row["output"],
        finish_reason=row.get("finish_reason"),
        choice_logprobs=tuple(logprobs) if logprobs else None,
        **known,
    )
