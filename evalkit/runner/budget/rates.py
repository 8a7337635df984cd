"""What tokens of a Model cost, known before it is asked."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.models.model import Model

#: Parameters of a spec that give a price, in US dollars for a million tokens.
INPUT, OUTPUT = "input_usd_per_mtok", "output_usd_per_mtok"


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars for a million tokens that are read, and that are written; each >= 0."""

    input: float
    output: float

    def cost_usd(self, n_in: int, n_out: int) -> float:
        """US dollars of one call."""
        return (n_in * self.input + n_out * self.output) / 1e6


def rates_of(model: Model) -> Rates | None:
    """None where nobody says what the Model costs: an unknown price is not zero."""
    if model.is_free or model.is_recorded:
        return Rates(0.0, 0.0)
    params = model.spec.params
    if INPUT not in params or OUTPUT not in params:
        return None
    return Rates(float(params[INPUT]), float(params[OUTPUT]))
