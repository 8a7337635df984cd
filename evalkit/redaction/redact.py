"""What is cut from messages because it is, or looks like, a credential."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from evalkit.redaction.secret_values import SecretValues, is_beyond_doubt, secrets_of

#: Stands where a credential was.
GONE = "…"

#: Characters of a text that are looked at; what is beyond is dropped, as no message is shown that long.
MOST_CHARS = 20_000

#: Variables whose values are credentials, by their names.
_KEY_NAME = re.compile(
    r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASSCODE|CREDENTIAL|AUTH(?!OR(?!I))|_PAT$|_PWD$"
)

#: How keys of large vendors begin. What is kept tells whose key it was.
_SHAPES = r"""
    (?<![A-Za-z0-9])(?P<vendor>
        sk-(?:ant-|proj-|or-|svcacct-|admin-)?(?=[\w-]{8})
      | [spr]k_(?:live|test|prod)_(?=\w{8}) | whsec_(?=\w{8})
      | hf_(?=\w{10}) | gh[oprsu]_(?=\w{10}) | github_pat_(?=\w{10}) | gl[a-z]{2,6}-(?=[\w-]{20})
      | xox[a-z]-(?=[\w-]{8}) | xapp-(?=[\w-]{8}) | AIza(?=[\w-]{12}) | ya29\.(?=[\w-]{8})
      | A(?:KIA|SIA)(?=[0-9A-Z]{8}) | eyJ(?=[\w-]{5,400}\.[\w-]{5}) | npm_(?=\w{20}) | pypi-(?=[\w-]{16})
      | (?:gsk|r8)_(?=\w{16}) | (?:nvapi|pplx|xai|dapi)-?(?=[\w-]{24}) | SG\.(?=[\w-]{16}) | dop_v1_(?=\w{16})
    )[\w.-]+
  | (?P<block>-----BEGIN[A-Z\ ]{0,40}PRIVATE\ KEY-----)(?s:.*?)(?:-----END[A-Z\ ]{0,40}PRIVATE\ KEY-----|\Z)
"""

#: A name, then a value: of a query, a header, an option, a mapping as Python or JSON shows it.
_NAMED = r"""
    (?P<name>
        (?: (?:key|token|secret|password|passwd|passphrase|passcode|pwd|authorization|cookie|credentials?|auth
              |signature|(?<![a-z])sig)
            \\?["']?\s{0,8}[=:]
          | (?:^|(?<=[?&;,\s"'(]))(?:code|pw|pat)=
        )\s{0,8})
    (?: (?P<quote>\\["'])[^"'\\\n]* | (?P<double>")(?:[^"\\\n]|\\.)* | (?P<single>')(?:[^'\\\n]|\\.)*
      | (?:(?:bearer|basic|digest|token|apikey|aws4-hmac-sha256)\s{1,8})?
        (?!(?:null|none|true|false|\d{1,5})\b)[^"'&\s,;{}<>()\[\]\\]+ )
"""

#: Without a name: what HTTP puts into a header, and who asks in an address.
_UNNAMED = r"""
    (?P<scheme>\b(?:bearer|basic)\s{1,8})(?=[A-Za-z._~+/-]{0,200}[0-9=]|[\w.~+/=-]{24})[\w.~+/=-]{8,}
  | (?P<address>://)[^/\s"'<>]+(?=@)
"""

_SHAPE = re.compile(_SHAPES, re.VERBOSE)
_CREDENTIAL = re.compile(f"(?i:{_UNNAMED})|(?i:{_NAMED})|{_SHAPES}", re.VERBOSE | re.MULTILINE)
_SECRET_OPTION = re.compile(
    r"--?[\w-]*(?:key|token|secret|password|passwd|passphrase|pwd|credentials?|auth)", re.IGNORECASE
)


#: Secrets that no variable holds.
_OTHERS: dict[str, None] = {}


def know_secret(value: str) -> None:
    """Cut this value too from now on: a key that came from elsewhere than the environment."""
    _OTHERS[value] = None


def redact(text: str) -> str:
    """``text`` with whatever is or looks like a credential replaced by ``…``: for messages, errors, command
    lines. What a model answered is data, and never goes through here."""
    if len(text) > MOST_CHARS:  # to the last whole word: half a key would not be seen
        text = text[:MOST_CHARS].rpartition(" ")[0] + GONE
    return _CREDENTIAL.sub(_kept, environment_secrets().cut(text))


def redact_all(argv: Sequence[str]) -> tuple[str, ...]:
    """A command line without credentials; what follows an option such as ``--api-key`` is one."""
    before = ("", *argv)
    return tuple(
        GONE if _SECRET_OPTION.fullmatch(option) else redact(arg)
        for option, arg in zip(before, argv, strict=False)
    )


def holds_key(text: str) -> bool:
    """Whether a key is in ``text`` beyond doubt: one that a variable holds, or one of a vendor's shape."""
    shapes = (found[0] for found in _SHAPE.finditer(text) if len(found[0]) >= 20)
    return keys_beyond_doubt().is_in(text) or any(map(is_beyond_doubt, shapes))


def keys_beyond_doubt() -> SecretValues:
    """Those of ``environment_secrets`` that are so long and mixed that no ordinary text holds one."""
    secrets = (secret for value in _key_like(os.environ) for secret in secrets_of(value))
    return SecretValues(filter(is_beyond_doubt, secrets))


def environment_secrets(environment: Mapping[str, str] = os.environ) -> SecretValues:
    """The values of variables that hold credentials by their names, and what ``know_secret`` was told."""
    return _secrets_in(tuple(_key_like(environment)))


def _key_like(environment: Mapping[str, str]) -> list[str]:
    return [*(value for name, value in environment.items() if _is_key_name(name)), *_OTHERS]


@lru_cache(maxsize=1024)
def _is_key_name(name: str) -> bool:
    return _KEY_NAME.search(name.upper()) is not None


@lru_cache(maxsize=4)
def _secrets_in(values: tuple[str, ...]) -> SecretValues:
    return SecretValues(secret for value in values for secret in secrets_of(value))


def _kept(match: re.Match[str]) -> str:
    groups = match.groupdict()
    opening = groups["quote"] or groups["double"] or groups["single"] or ""
    kept = next(filter(None, (groups[each] for each in ("vendor", "block", "name", "scheme", "address"))), "")
    return kept + opening + GONE
