"""``sagemaker/ENDPOINT``: a model behind an endpoint of Amazon SageMaker, whatever its container speaks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.models.model import ModelSettings
from evalkit.models.openai import OPENAI, OpenAiModel
from evalkit.models.wire.aws import aws_client, endpoint, region_of, require_botocore
from evalkit.models.wire.event_stream import frames
from evalkit.models.wire.events import data_of
from evalkit.models.wire.http import HttpReply, JsonClient
from evalkit.models.wire.http_model import HttpModel, StreamJoiner, Vendor
from evalkit.models.wire.sigv4 import Scope
from evalkit.models.wire.tgi import TgiJoiner, tgi_body, tgi_completion

if TYPE_CHECKING:
    from aiohttp import ClientResponse

_SCHEMAS = ("openai", "tgi")


def _schema(text: str) -> str:
    if text not in _SCHEMAS:
        raise ValueError(f"write one of {', '.join(_SCHEMAS)}")
    return text


VENDOR = Vendor(
    "sagemaker",
    endpoint("runtime.sagemaker", "REGION"),
    params={"region": str, "schema": _schema, "component": str},
    carries=OPENAI.carries,
    extra="bedrock",
)


def open_model(spec: ModelSpec, settings: ModelSettings) -> SageMakerModel:
    """``?schema=tgi`` where the container takes bare text; ``?component=`` names an inference component."""
    require_botocore()
    params = VENDOR.read(spec)
    region = region_of(spec, params)
    vendor = replace(VENDOR, base_url=endpoint("runtime.sagemaker", region))
    if params.get("schema") == "tgi":
        vendor = replace(vendor, carries=frozenset())
    if "component" in params:
        vendor = replace(vendor, headers={"X-Amzn-SageMaker-Inference-Component": params["component"]})
    client = aws_client(vendor, spec, settings, params, Scope(region, "sagemaker"))
    return SageMakerModel(spec, client, params, vendor)


class SageMakerModel(OpenAiModel):
    """InvokeEndpoint, or InvokeEndpointWithResponseStream, with chat completions or TGI's own within."""

    def __init__(
        self, spec: ModelSpec, client: JsonClient, params: Mapping[str, Any], vendor: Vendor
    ) -> None:
        super().__init__(spec, client, {**params, "chat": params.get("schema") != "tgi"}, None, vendor)

    async def rank(self, request: Request) -> Response:
        """No log-probabilities of given texts."""
        return await HttpModel.rank(self, request)

    def path_of(self, request: Request) -> str:
        return f"endpoints/{quote(self.spec.name, safe='')}/invocations"

    def streamed_path(self, request: Request) -> str:
        return f"{self.path_of(request)}-response-stream"

    def body_of(self, request: Request) -> dict[str, Any]:
        if not self._is_chat:
            return tgi_body(request, self.sampling_of(request))
        # The endpoint is the model; a container would take a name for another one.
        return {name: value for name, value in super().body_of(request).items() if name != "model"}

    def streamed_body(self, body: dict[str, Any]) -> dict[str, Any]:
        return super().streamed_body(body) if self._is_chat else HttpModel.streamed_body(self, body)

    def events_of(self, response: ClientResponse) -> AsyncIterator[bytes]:
        return data_of(_parts(response))

    def joiner(self) -> StreamJoiner:
        return super().joiner() if self._is_chat else TgiJoiner()

    def read(self, reply: HttpReply) -> Response:
        answer = reply.answer if self._is_chat else tgi_completion(reply.answer)
        found = super().read(HttpReply(answer, reply.headers))
        return replace(
            found,
            model_revision=found.model_revision or reply.headers.get("x-Amzn-Invoked-Production-Variant"),
            request_id=reply.headers.get("x-amzn-RequestId") or found.request_id,
        )


async def _parts(response: ClientResponse) -> AsyncIterator[bytes]:
    """The container's own stream; an error of SageMaker stands in it as an event."""
    async for frame in frames(response):
        yield b"\n\ndata:" + frame.payload + b"\n\n" if frame.kind == "error" else frame.payload
