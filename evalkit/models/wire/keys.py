"""Keys of vendors: from a variable of the environment, or from the keyring where one is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

from evalkit.core.subject import ModelSpec
from evalkit.core.text import cut, visible
from evalkit.errors import MissingKeyError, ModelSpecError
from evalkit.redaction.redact import know_secret, redact
from evalkit.redaction.secret_values import is_beyond_doubt

#: The keyring's name for a service; its user is the name of the variable that the key would be in.
SERVICE = "evalkit"
#: A keyring that says nothing for so many seconds waits for somebody to unlock it.
_PATIENCE_S = 15.0
_SHOWN_CHARS = 200


def variable_name(text: str) -> str:
    """Reader of ``?api_key_env=``. Raises ModelSpecError, without repeating it, for what must be a key."""
    if not text.isidentifier() or (is_beyond_doubt(text) and "_" not in text):
        raise ModelSpecError(
            "api_key_env is not the name of a variable",
            hint="write the name, not the key: api_key_env=MY_API_KEY",
        )
    return text


def read_key(name: str, spec: ModelSpec) -> str:
    """The key in the variable ``name``, else the one that the keyring has for it.

    Raises MissingKeyError where there is none, ModelSpecError for what cannot be one.
    """
    key, told = os.environ.get(name), ""
    if not key:
        key, told = _in_keyring(name)
    if not key:
        hint = f"export {name}=…" + (f", or: keyring set {SERVICE} {name}" if _has_keyring() else "")
        raise MissingKeyError(
            f"{spec.provider}/{spec.name} needs a key and {name} is not set{told}", hint=hint
        )
    if not key.isprintable() or " " in key:
        raise ModelSpecError(
            f"{name} holds white space or a control character, which no key has", hint=f"export {name}=… anew"
        )
    know_secret(key)  # The name of its variable need not tell that it is one.
    return key


def _has_keyring() -> bool:
    """In CI there is nobody to unlock one: it is not looked for."""
    is_ci = os.environ.get("CI", "").lower() not in ("", "0", "false", "no")
    return not is_ci and find_spec("keyring") is not None


def _in_keyring(name: str) -> tuple[str, str]:
    """The key, or why there is none. Asked in a process without a terminal: nothing can prompt there."""
    if not _has_keyring():
        return "", ""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "keyring", "get", SERVICE, name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f", and the keyring did not answer within {_PATIENCE_S:g} s: it may be locked"
    except OSError as error:
        return "", f", and the keyring cannot be asked: {error.strerror}"
    if done.returncode == 0:
        key = done.stdout.decode("utf-8", "replace").rstrip("\r\n")
        return key, ""
    said = done.stderr.decode("utf-8", "replace").strip()
    if not said:
        return "", ", and the keyring has none"
    if "NoKeyringError" in said:  # the package is there, and this machine has nothing that it could open
        return "", ""
    last = cut(visible(redact(said.splitlines()[-1])), _SHOWN_CHARS)
    return "", f", and the keyring cannot be read: {last}"
