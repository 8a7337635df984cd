"""The price that a spec gives itself: ``openai/NAME?input_usd_per_mtok=0.2&output_usd_per_mtok=0.6``."""

from __future__ import annotations

from evalkit.core.price import READERS, Price, lacking, price_of
from evalkit.core.subject import ModelSpec
from evalkit.errors import ModelSpecError

#: What stands in the store as source of such a price.
SOURCE = "spec"


def spec_price(spec: ModelSpec) -> Price | None:
    """None where it gives none. Raises ModelSpecError on a value that is not a price, and on half of one."""
    values = {}
    for name, (read, hint) in READERS.items():
        if (text := spec.params.get(name)) is None:
            continue
        try:
            values[name] = read(text)
        except ValueError:
            what = f"{spec.provider}/{spec.name}: {name}={text!r} cannot be read"
            raise ModelSpecError(what, hint=hint) from None
    if half := lacking(values):
        raise ModelSpecError(f"{spec.provider}/{spec.name} gives {half}", hint="add it")
    return price_of(values, SOURCE) if values else None
