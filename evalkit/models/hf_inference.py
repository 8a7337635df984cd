"""``hf_inference/ORG/NAME[:PROVIDER]``: models of the Hub at Hugging Face's inference providers, and at
endpoints of your own."""

from __future__ import annotations

from dataclasses import replace

from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.core.subject import ModelSpec
from evalkit.models.model import ModelSettings
from evalkit.models.openai import OPENAI, OpenAiModel
from evalkit.models.wire.http_model import HttpModel, Vendor

VENDOR = Vendor(
    "hf_inference",
    "https://router.huggingface.co/v1",
    "HF_TOKEN",
    params={"bill_to": str},
    carries=OPENAI.carries,
)


def open_model(spec: ModelSpec, settings: ModelSettings) -> HfInferenceModel:
    """``?base_url=`` names a dedicated endpoint, ``?bill_to=`` the organisation that pays."""
    params = VENDOR.read(spec)
    vendor = VENDOR
    if "bill_to" in params:
        vendor = replace(VENDOR, headers={"X-HF-Bill-To": params["bill_to"]})
    return HfInferenceModel(spec, vendor.client(spec, settings, params), params, None, vendor)


class HfInferenceModel(OpenAiModel):
    """Chat completions. Who answers for a model may change from call to call, unless its name says who."""

    async def rank(self, request: Request) -> Response:
        """No log-probabilities of given texts."""
        return await HttpModel.rank(self, request)
