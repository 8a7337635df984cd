"""Who sells the answers of a model, told by its spec: nothing is imported for one that nobody sells."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from evalkit.core.frozen import frozen
from evalkit.core.subject import ModelSpec

#: Provider of a spec -> how genai-prices calls the vendor.
_VENDORS: Mapping[str, str] = {
    "anthropic": "anthropic",
    "azure": "azure",
    "bedrock": "aws",
    "gemini": "google",
    "mistral": "mistral",
    "openai": "openai",
}


@frozen(slots=True)
class Vendor:
    """Attributes:
    name: as genai-prices calls it; None where ``url`` tells.
    url: the server that is asked.
    """

    name: str | None = None
    url: str | None = None


def vendor_of(spec: ModelSpec) -> Vendor | None:
    """None of a model that runs here, of an application, and of a server of one's own."""
    name, url = _VENDORS.get(spec.provider), spec.params.get("base_url")
    if name is None:
        return None
    if url is None or spec.provider == "azure":  # whose resources have addresses of their own
        return Vendor(name)
    return None if _is_private(url) else Vendor(url=url)


def _is_private(url: str) -> bool:
    """Whether the server stands where no vendor's does: this machine, a private network, a name without a
    domain."""
    try:
        host = urlsplit(url).hostname or ""
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".lan"))
