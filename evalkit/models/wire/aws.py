"""Services of AWS: credentials, regions, and the words of their errors."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelError, ModelSpecError
from evalkit.models.model import ModelSettings
from evalkit.models.wire.http import JsonClient
from evalkit.models.wire.http_body import parsed
from evalkit.models.wire.http_model import Vendor
from evalkit.models.wire.sigv4 import Keys, Scope, signed

#: Errors that come with a status that says less than their name.
_STATUS: Mapping[str, int] = {
    "ThrottlingException": 429,
    "TooManyRequestsException": 429,
    "ExpiredTokenException": 401,
    "InvalidSignatureException": 401,
    "UnrecognizedClientException": 401,
    "IncompleteSignatureException": 401,
}
#: Where the status stands that a model's own server gave.
_ORIGINAL = ("OriginalStatusCode", "originalStatusCode")
_TOKENS = ("AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN")
_MORE_THAN_KEYS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_EXPIRATION")
#: Sources of credentials that are asked over the network.
_REMOTE_SOURCES = (
    "assume-role", "assume-role-with-web-identity", "sso", "login", "container-role", "iam-role",
)  # fmt: skip

_CREDENTIALS_HINT = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"


def require_botocore() -> None:
    """Raises ModuleNotFoundError where it is not installed; it is loaded by the first call that needs it."""
    if find_spec("botocore") is None:
        raise ModuleNotFoundError("no botocore", name="botocore")


def region_of(spec: ModelSpec, params: Mapping[str, Any]) -> str:
    """The region: the spec's, that of the environment, or that of the profile. Raises ModelSpecError without
    one."""
    named = params.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    named = named or _profile_region()
    if not named or not named.replace("-", "").isalnum():
        what = f"{spec.provider}/{spec.name} needs a region of AWS"
        raise ModelSpecError(what, hint="add ?region=us-east-1, or set AWS_REGION")
    return str(named)


def _profile_region() -> str | None:
    import botocore.exceptions
    import botocore.session

    try:
        found = botocore.session.Session().get_config_variable("region")
    except botocore.exceptions.BotoCoreError as error:  # no such profile, a file that cannot be read
        raise ModelSpecError(f"AWS: {error}", hint=_CREDENTIALS_HINT) from None
    return found if isinstance(found, str) else None


def endpoint(service: str, region: str) -> str:
    """Where a service of a region is reached."""
    return f"https://{service}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def aws_client(
    vendor: Vendor, spec: ModelSpec, settings: ModelSettings, params: Mapping[str, Any], scope: Scope
) -> JsonClient:
    """A client that signs its requests, unless the vendor or the spec names a key to send."""
    client = vendor.client(spec, settings, params, kind=AwsClient)
    assert isinstance(client, AwsClient)
    if not client.has_key:
        client.sign_for(scope, vendor.headers, is_offline=settings.is_offline)
    return client


class AwsClient(JsonClient):
    """Knows AWS's errors, and signs requests with the credentials of this machine.

    Signing sends no secret: it may be done for any server.
    """

    @property
    def has_key(self) -> bool:
        """Whether a key goes with each request."""
        return "Authorization" in self._headers

    def sign_for(self, scope: Scope, headers: Mapping[str, str], *, is_offline: bool) -> None:
        """Sign from now on; ``headers`` are signed too."""
        self._scope = scope
        self._signed = {"content-type": "application/json"}
        self._signed.update({name.lower(): value for name, value in headers.items()})
        self._credentials: Any = None
        self._found: Keys | None = None
        self._is_local = is_offline
        self._finding = asyncio.Lock()
        self._authorize = self._sign

    async def _sign(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
        if self._is_stale:
            async with self._finding:
                if self._is_stale:
                    await self._find()
        assert self._found is not None
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        return signed(url, body, self._signed, self._found, self._scope, moment)

    @property
    def _is_stale(self) -> bool:
        """Credentials of a role expire, those of a user do not."""
        if self._found is None:
            return True
        return hasattr(self._credentials, "refresh_needed") and bool(self._credentials.refresh_needed())

    async def _find(self) -> None:
        """Credentials that have not expired. Raises ModelError where there are none."""
        try:
            found = await asyncio.to_thread(self._frozen)
        except Exception as error:  # of botocore, of which any may come out of a source
            raise ModelError(self._clean(f"no credentials of AWS: {error}"), kind="key") from None
        if found is None:
            raise ModelError("no credentials of AWS were found", kind="key", hint=_CREDENTIALS_HINT)
        self._found = found
        self.keep_secret(*filter(None, found))

    def _frozen(self) -> Keys | None:
        if (keys := keys_in_environment()) is not None:
            return keys
        if self._credentials is None:
            self._credentials = _session_credentials(self._is_local)
        if self._credentials is None:
            return None
        frozen = self._credentials.get_frozen_credentials()
        return Keys(frozen.access_key, frozen.secret_key, frozen.token)

    def _refusal(
        self, status: int, headers: Mapping[str, str], content: bytes, said: str | None = None
    ) -> ModelError:
        name = headers.get("x-amzn-ErrorType", "").partition(":")[0].rpartition("#")[2]
        said = said or (f"HTTP {status} {name}" if name else None)
        status = _STATUS.get(name) or _original_status(content) or status
        return super()._refusal(status, headers, content, said)


def keys_in_environment() -> Keys | None:
    """Where botocore, which takes a tenth of a second to load, would look first; None where there is more to
    it: a profile, or keys that expire."""
    if any(os.environ.get(name) for name in _MORE_THAN_KEYS):
        return None
    access_key, secret_key = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        return None
    return Keys(access_key, secret_key, next(filter(None, map(os.environ.get, _TOKENS)), None))


def _session_credentials(is_local: bool) -> Any:
    import botocore.session

    session = botocore.session.Session()
    if is_local:
        sources = session.get_component("credential_provider")
        for name in _REMOTE_SOURCES:
            sources.remove(name)
    return session.get_credentials()


def _original_status(content: bytes) -> int | None:
    try:
        body = parsed(content)
    except ValueError:
        return None
    found = next((body[name] for name in _ORIGINAL if name in body), None) if isinstance(body, dict) else None
    return found if isinstance(found, int) and 400 <= found < 600 else None
