"""Keys come from variables, then from the keyring; nothing prompts and nothing is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.subject import ModelSpec
from evalkit.errors import MissingKeyError, ModelSpecError
from evalkit.models.wire.keys import read_key, variable_name
from evalkit.redaction.redact import redact

SPEC = ModelSpec.parse("vendor/m")
KEY = "fr0m-the-keyring-123"

#: What `python -m keyring get SERVICE USER` does: the password on a line, or status 1; a backend that cannot
#: be used ends in a traceback; one that is locked asks the terminal.
PROGRAM = f"""
import getpass, sys
_, get, service, user = sys.argv
if (get, service) != ("get", "evalkit"):
    raise SystemExit("usage")
if user == "LOCKED_KEY":
    print(getpass.getpass("Password: ", stream=sys.stderr))
if user == "BROKEN_KEY":
    raise RuntimeError("keyring.errors.KeyringLocked: unlock it with {KEY}")
if user != "SET_KEY":
    sys.exit(1)
print("{KEY}")
"""


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keyring").mkdir()
    (tmp_path / "keyring/__main__.py").write_text(PROGRAM)
    (tmp_path / "keyring/__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)


@pytest.mark.usefixtures("keyring")
def test_a_key_that_no_variable_has_is_the_keyrings_and_is_cut_from_then_on() -> None:
    assert read_key("SET_KEY", SPEC) == KEY
    assert KEY not in redact(f"refused {KEY}.")


@pytest.mark.usefixtures("keyring")
def test_the_variable_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SET_KEY", "fr0m-the-variable-1")
    assert read_key("SET_KEY", SPEC) == "fr0m-the-variable-1"


@pytest.mark.usefixtures("keyring")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("OTHER_KEY", "OTHER_KEY is not set, and the keyring has none (export OTHER_KEY=…, or: keyring set"),
        ("LOCKED_KEY", "LOCKED_KEY is not set, and the keyring cannot be read: "),
        ("BROKEN_KEY", "the keyring cannot be read: RuntimeError: keyring.errors.KeyringLocked"),
    ],
)
def test_a_keyring_that_gives_none_is_told_in_one_error(name: str, message: str) -> None:
    with pytest.raises(MissingKeyError) as error:
        read_key(name, SPEC)
    assert message in str(error.value)


@pytest.mark.usefixtures("keyring")
def test_in_ci_no_keyring_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(MissingKeyError) as error:
        read_key("SET_KEY", SPEC)
    assert "keyring" not in str(error.value)


def test_a_key_in_the_place_of_its_variables_name_is_refused_and_not_repeated() -> None:
    assert variable_name("MY_API_KEY_2") == "MY_API_KEY_2"
    for key in ("a1b2c3d4e5f60718293a4b5c6d7e8f90", "sk-abc", "0therCanary-7-walnut"):
        with pytest.raises(ModelSpecError) as error:
            variable_name(key)
        assert key not in str(error.value)
