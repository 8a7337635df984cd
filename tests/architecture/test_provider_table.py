"""The page on models has the table of what each provider can, as the providers declare it."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.provider_table import IN_PROCESS, WITNESS, provider_table

PAGE = Path("docs/reference/models.md")


def test_the_page_has_the_table_of_the_registry() -> None:
    assert provider_table() in PAGE.read_text("utf-8")


def test_each_vendor_over_http_has_a_test_of_its_wire() -> None:
    without = {name for name in WITNESS if not Path(f"tests/wire/test_{name}_wire.py").exists()}
    assert without == {"any"}
    assert not set(WITNESS) & set(IN_PROCESS)
