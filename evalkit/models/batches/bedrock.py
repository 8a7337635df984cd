"""Bedrock's batches: a file of requests in a bucket of S3, a job over it, files of answers in the bucket
(https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html; the names are those of botocore).

A job needs a bucket and a role that may read and write it: ``BEDROCK_BATCH_S3=s3://BUCKET/FOLDER`` and
``BEDROCK_BATCH_ROLE=arn:…``. The calls are few, so botocore makes them, in threads.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import islice
from typing import Any, TypeVar

import orjson

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.errors import FailureKind, ModelError, UsageError
from evalkit.models.batch_model import BatchLimits, BatchPlan, BatchStatus, Handle
from evalkit.models.batches.reading import outcome_of, refuse_ranking, refused, words
from evalkit.models.wire.http_model import HttpModel
from evalkit.models.wire.proxy import is_loopback

T = TypeVar("T")

#: Quotas of most models; fewer than 100 requests are refused.
LIMITS = BatchLimits(50_000, 190_000_000)

_ENDED = frozenset({"Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"})
#: Lines that are read from a file at a time.
_CHUNK = 500
_BUCKET, _ROLE = "BEDROCK_BATCH_S3", "BEDROCK_BATCH_ROLE"


class BedrockBatches:
    """Jobs of one model of a region, over Converse.

    Raises UsageError where bucket or role are not named.
    """

    limits = LIMITS

    def __init__(self, model: HttpModel, region: str, *, is_offline: bool) -> None:
        self._model = model
        self._region = region
        self._is_offline = is_offline
        self._role = _named(_ROLE, "arn:")
        bucket = _named(_BUCKET, "s3://").rstrip("/")
        self._bucket, _, self._folder = bucket.removeprefix("s3://").partition("/")

    def item(self, custom_id: str, request: Request) -> bytes:
        refuse_ranking(request.continuations is not None)
        return orjson.dumps({"recordId": custom_id, "modelInput": self._model.body_of(request)})

    async def submit(self, plan: BatchPlan, items: Sequence[bytes]) -> Handle:
        """The token makes a second job of the label none."""
        content = b"\n".join([*items, b""])
        await self._put(self._key(plan, "input.jsonl"), content)
        job = {
            "jobName": plan.label,
            "clientRequestToken": plan.label,
            "roleArn": self._role,
            "modelId": self._model.spec.name,
            "modelInvocationType": "Converse",
            "inputDataConfig": {"s3InputDataConfig": {"s3Uri": self._uri(plan, "input.jsonl")}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": self._uri(plan, "output/")}},
        }
        made = await _called(lambda: self._jobs.create_model_invocation_job(**job))
        return self._handle(made["jobArn"], plan)

    async def find(self, plan: BatchPlan) -> Sequence[Handle]:
        """By the name of the job, which is our label."""
        found = await _called(lambda: self._jobs.list_model_invocation_jobs(nameContains=plan.label))
        return [self._handle(job["jobArn"], plan) for job in found.get("invocationJobSummaries") or ()]

    async def poll(self, handle: Handle) -> BatchStatus:
        job = await _called(lambda: self._jobs.get_model_invocation_job(jobIdentifier=handle["arn"]))
        word, said = job["status"], job.get("message")
        told = f": {words(str(said))}" if said else ""
        failure = None if word == "Completed" else f"the job ended ({word}){told}"
        return BatchStatus(word, word in _ENDED, job.get("processedRecordCount") or 0, failure)

    async def collect(self, handle: Handle) -> AsyncIterator[tuple[str, Response | ModelError]]:
        for key in await _called(partial(self._outputs, handle)):
            lines = await _called(partial(self._lines, handle["bucket"], key))
            while chunk := await _called(partial(_next, lines)):
                for line in chunk:
                    record = orjson.loads(line)
                    yield record["recordId"], self._outcome(record)

    def _outcome(self, record: Mapping[str, Any]) -> Response | ModelError:
        answer, error = record.get("modelOutput"), record.get("error")
        if error or not isinstance(answer, dict):
            said = error or {}
            return refused(said.get("errorMessage") or said, said.get("errorCode"))
        return outcome_of(self._model, answer)

    def _key(self, plan: BatchPlan, name: str) -> str:
        return "/".join(filter(None, (self._folder, plan.label, name)))

    def _uri(self, plan: BatchPlan, name: str) -> str:
        return f"s3://{self._bucket}/{self._key(plan, name)}"

    def _handle(self, arn: str, plan: BatchPlan) -> Handle:
        return {"arn": arn, "bucket": self._bucket, "folder": self._key(plan, "output/")}

    async def _put(self, key: str, content: bytes) -> None:
        await _called(lambda: self._files.put_object(Bucket=self._bucket, Key=key, Body=content))

    def _outputs(self, handle: Handle) -> list[str]:
        pages = self._files.get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=handle["bucket"], Prefix=handle["folder"])
        keys = [each["Key"] for page in found for each in page.get("Contents") or ()]
        return [key for key in keys if key.endswith(".jsonl.out")]

    def _lines(self, bucket: str, key: str) -> Iterator[bytes]:
        lines: Iterator[bytes] = self._files.get_object(Bucket=bucket, Key=key)["Body"].iter_lines()
        return filter(None, lines)

    @cached_property
    def _jobs(self) -> Any:
        return self._client("bedrock")

    @cached_property
    def _files(self) -> Any:
        return self._client("s3")

    def _client(self, service: str) -> Any:
        import botocore.session

        client = botocore.session.Session().create_client(service, self._region)
        host = client.meta.endpoint_url.partition("://")[2].partition("/")[0].rpartition(":")[0]
        if self._is_offline and not is_loopback(host):
            raise UsageError(
                f"--llm-offline refuses a connection to {service} of AWS", hint="drop --llm-offline"
            )
        return client


def _next(lines: Iterator[bytes]) -> list[bytes]:
    return list(islice(lines, _CHUNK))


def _named(variable: str, start: str) -> str:
    value = os.environ.get(variable, "")
    if not value.startswith(start):
        raise UsageError(
            f"batches of Bedrock need {variable}, which begins with {start}",
            hint=f"export {variable}={start}…, or leave out the option batch",
        )
    return value


async def _called(call: Callable[[], T]) -> T:
    """In a thread; what botocore raises is a ModelError."""
    import botocore.exceptions

    try:
        return await asyncio.to_thread(call)
    except botocore.exceptions.ClientError as error:
        raise _refusal(error) from None
    except (botocore.exceptions.NoCredentialsError, botocore.exceptions.PartialCredentialsError) as error:
        raise ModelError(words(str(error)), kind="key") from None
    except botocore.exceptions.ConnectionError as error:
        raise ModelError(words(str(error)), is_retryable=True, kind="unreachable") from None
    except (botocore.exceptions.BotoCoreError, orjson.JSONDecodeError) as error:
        raise ModelError(words(str(error)), is_retryable=True) from None


def _refusal(error: Any) -> ModelError:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 500
    code = error.response.get("Error", {}).get("Code", "")
    is_busy = status == 429 or "Throttl" in code
    kinds: Mapping[int, FailureKind] = {401: "key", 403: "forbidden", 404: "missing"}
    return ModelError(
        words(str(error)),
        is_retryable=is_busy or status >= 500,
        kind="busy" if is_busy else kinds.get(status),
    )
