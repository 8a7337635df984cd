"""Bedrock's batches against a loopback server of its jobs and of S3; botocore checks and signs the calls."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pytest
from aiohttp import web

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, UsageError
from evalkit.models.batch_model import BatchModel, BatchPlan
from evalkit.models.batches.bedrock import BedrockBatches
from evalkit.models.model import ModelSettings
from evalkit.models.open import open_model
from evalkit.models.wire.http import HttpReply, JsonClient
from evalkit.models.wire.http_model import HttpModel, Vendor
from tests.asking import ask, rank

T = TypeVar("T")

PLAN = BatchPlan("0123abcd", 2, 0.0)
REQUESTS = {"a1": ask("one"), "b2": ask("two", "2")}
ARN = "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/abcdefghij12"


class Converse(HttpModel):
    """As much of Converse as a batch sees."""

    def path_of(self, request: Request) -> str:
        return "converse"

    def body_of(self, request: Request) -> dict[str, Any]:
        return {"messages": [{"role": "user", "content": [{"text": request.text}]}]}

    def read(self, reply: HttpReply) -> Response:
        (block,) = reply.answer["output"]["message"]["content"]
        return Response(block["text"])


class Server:
    """One account: jobs that end when they are looked at, and a bucket."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, bytes] = {}
        self.tokens: list[str] = []

    async def __call__(self, request: web.Request) -> web.Response:
        path = request.path
        if path == "/model-invocation-job":
            return self._make(await request.json())
        if path == "/model-invocation-jobs":
            word = request.query["nameContains"]
            return _json({"invocationJobSummaries": [j for j in self.jobs.values() if word in j["jobName"]]})
        if path.startswith("/model-invocation-job/"):
            return self._look(path.removeprefix("/model-invocation-job/"))
        if request.method == "PUT":
            self.objects[path] = await request.read()
            return web.Response()
        if "list-type" in request.query:
            keys = [key for key in self.objects if key.startswith(f"{path}/{request.query['prefix']}")]
            found = "".join(f"<Contents><Key>{k.removeprefix(path + '/')}</Key></Contents>" for k in keys)
            return web.Response(text=f"<ListBucketResult>{found}</ListBucketResult>", content_type="text/xml")
        return web.Response(body=self.objects[path])

    def _make(self, job: dict[str, Any]) -> web.Response:
        if job["clientRequestToken"] not in self.tokens:
            self.tokens.append(job["clientRequestToken"])
            self.jobs[ARN] = {
                **job,
                "jobArn": ARN,
                "status": "Submitted",
                "submitTime": "2026-01-01T00:00:00Z",
            }
        return _json({"jobArn": ARN})

    def _look(self, arn: str) -> web.Response:
        job = self.jobs.get(arn)
        if job is None:
            error = {"message": "no such job"}
            return _json(error, status=404, headers={"x-amzn-ErrorType": "ResourceNotFoundException"})
        source = job["inputDataConfig"]["s3InputDataConfig"]["s3Uri"].removeprefix("s3:/")
        target = job["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].removeprefix("s3:/")
        lines = [orjson.loads(line) for line in self.objects[source].splitlines()]
        folder = f"{target}abcdefghij12"
        self.objects[f"{folder}/input.jsonl.out"] = b"\n".join(
            orjson.dumps(_output(*e)) for e in enumerate(lines)
        )
        self.objects[f"{folder}/manifest.json.out"] = b"{}"
        return _json({**job, "status": "Completed", "processedRecordCount": len(lines)})


def _output(number: int, record: dict[str, Any]) -> dict[str, Any]:
    if number == 1:
        return {**record, "error": {"errorCode": 400, "errorMessage": "too long"}}
    text = record["modelInput"]["messages"][0]["content"][0]["text"].upper()
    message = {"role": "assistant", "content": [{"text": text}]}
    return {**record, "modelOutput": {"output": {"message": message}, "stopReason": "end_turn"}}


def _json(value: Any, **more: Any) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json", **more)


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An account of nobody's."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_MAX_ATTEMPTS": "1",
        "BEDROCK_BATCH_S3": "s3://bucket/evals/",
        "BEDROCK_BATCH_ROLE": "arn:aws:iam::123456789012:role/batch",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def talk(say: Callable[[Server, BedrockBatches], Awaitable[T]], monkeypatch: pytest.MonkeyPatch) -> T:
    async def run() -> T:
        server = Server()
        runner = web.ServerRunner(web.Server(server))  # type: ignore[arg-type]
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        root = f"http://127.0.0.1:{runner.addresses[0][1]}"
        for service in ("BEDROCK", "S3"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", root)
        try:
            return await say(server, batches())
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def batches() -> BedrockBatches:
    spec = ModelSpec.parse("bedrock/amazon.nova-lite-v1:0")
    client = JsonClient("http://127.0.0.1:1", {}, timeout_s=1.0, is_offline=True)
    return BedrockBatches(Converse(spec, client, Vendor("bedrock"), {}), "us-east-1", is_offline=True)


async def hand_in(of: BedrockBatches) -> Any:
    return await of.submit(PLAN, [of.item(key, request) for key, request in REQUESTS.items()])


def test_answers_come_out_of_the_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    async def say(server: Server, of: BedrockBatches) -> None:
        handle = await hand_in(of)
        (lines,) = server.objects.values()
        assert [orjson.loads(line)["recordId"] for line in lines.splitlines()] == ["a1", "b2"]
        assert server.jobs[ARN]["modelInvocationType"] == "Converse"
        status = await of.poll(handle)
        assert (status.is_ended, status.n_done, status.failure) == (True, 2, None)
        found = {key: outcome async for key, outcome in of.collect(handle)}
        answer = found["a1"]
        assert isinstance(answer, Response)
        assert answer.output == "ONE"
        assert re.search("HTTP 400 in the batch: too long", str(found["b2"]))

    talk(say, monkeypatch)


def test_a_job_is_found_by_its_name_and_is_no_second_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def say(server: Server, of: BedrockBatches) -> None:
        handle = await hand_in(of)
        assert await of.find(PLAN) == [handle]
        assert await of.find(BatchPlan("another", 2, 0.0)) == []
        assert await hand_in(of) == handle
        assert server.tokens == [PLAN.label]

    talk(say, monkeypatch)


def test_a_job_of_another_account_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def say(server: Server, of: BedrockBatches) -> None:
        with pytest.raises(ModelError) as caught:
            await of.poll({"arn": ARN, "bucket": "b", "folder": ""})
        assert (caught.value.kind, caught.value.is_retryable) == ("missing", False)

    talk(say, monkeypatch)


def test_nobody_there_may_be_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", "http://127.0.0.1:9")
    with pytest.raises(ModelError) as caught:
        asyncio.run(batches().poll({"arn": ARN}))
    assert (caught.value.kind, caught.value.is_retryable) == ("unreachable", True)


@pytest.mark.parametrize("name", ["BEDROCK_BATCH_S3", "BEDROCK_BATCH_ROLE"])
def test_without_bucket_or_role_there_are_no_batches(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    with pytest.raises(UsageError, match=name):
        batches()


def test_a_ranking_cannot_be_asked_by_batch() -> None:
    with pytest.raises(ModelError, match="no log-likelihoods"):
        batches().item("a", rank("2 + 2 =", "3", "4"))


def test_a_model_of_bedrock_opens_them() -> None:
    model = open_model(ModelSpec.parse("bedrock/amazon.nova-lite-v1:0?region=us-east-1"), ModelSettings())
    assert isinstance(model, BatchModel)
    line = orjson.loads(model.open_batches().item("a1", ask("one")))
    assert line["modelInput"]["messages"] == [{"role": "user", "content": [{"text": "one"}]}]
