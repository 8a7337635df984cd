"""Figures as plain values: what ``--json`` prints, the store keeps and the report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from evalkit.calibrating.attacks import Attack
from evalkit.calibrating.figures import Figures
from evalkit.core.judge_calibration import JudgeCalibration
from evalkit.stats.agreement import PairAgreement
from evalkit.stats.chance_corrected import Measured


def as_record(figures: Figures) -> dict[str, Any]:
    """Every figure, by name, as JSON has it."""
    agreement, guesser = figures.agreement, figures.agreement.guesser
    record = {
        "scale": {"kind": figures.scale.kind, "labels": list(figures.scale.names)},
        "criterion": figures.criterion,
        "reviewers": list(figures.reviewers),
        "counts": asdict(figures.counts),
        "judge": {**_pair(agreement.judge), "alpha": _measured(agreement.alpha)},
        "confusion": {
            "labels": list(agreement.judge.labels),
            "people_by_judge": [list(map(int, row)) for row in agreement.judge.counts],
        },
        "constant_guesser": {"label": guesser.label, **_pair(guesser.figures)},
        "by_reviewer": {name: _pair(each) for name, each in agreement.each.items()},
        "people": {
            "alpha": _measured(agreement.people_alpha),
            "mean_kappa": agreement.ceiling,
            "pairs": [{"reviewers": list(names), **_pair(each)} for names, each in agreement.pairs.items()],
        },
        "effects": [asdict(each) for each in figures.effects],
        "probability": _probability(figures),
        "attacks": [_attack(each) for each in figures.attacks],
        "unattacked": figures.unattacked,
    }
    found: dict[str, Any] = orjson.loads(orjson.dumps(record, option=orjson.OPT_SERIALIZE_NUMPY))
    return found


def calibration_of(
    figures: Figures, *, calibration_id: str, created_at: float, task: str, scorer: str, signature: str,
    source: str,
) -> JudgeCalibration:  # fmt: skip
    """The row of the store.

    Args:
        signature: of the scorer; that of a criterion is made of it.
    """
    found = figures.agreement.judge
    return JudgeCalibration(
        calibration_id=calibration_id,
        created_at=created_at,
        task=task,
        scorer=scorer if figures.criterion is None else f"{scorer}.{figures.criterion}",
        signature=signature if figures.criterion is None else f"{signature}.{figures.criterion}",
        judge=figures.judge,
        judge_revision=figures.revisions[0] if figures.revisions else None,
        source=source,
        n_labels=figures.counts.n_compared,
        n_reviewers=len(figures.reviewers),
        agreement=found.agreement.value,
        kappa=found.kappa.value,
        kappa_low=found.kappa.low,
        kappa_high=found.kappa.high,
        alpha=figures.agreement.alpha.value,
        record=as_record(figures),
    )


def _pair(pair: PairAgreement) -> dict[str, Any]:
    return {
        "n": pair.n,
        "n_samples": pair.n_groups,
        "agreement": _measured(pair.agreement),
        "kappa": _measured(pair.kappa),
        "ac1": _measured(pair.ac1),
    }


def _measured(measured: Measured) -> Sequence[float | None]:
    """Value, lower end, upper end."""
    return [measured.value, measured.low, measured.high]


def _probability(figures: Figures) -> Mapping[str, Any] | None:
    found = figures.probability
    if found is None:
        return None
    return {
        "n": found.n,
        "brier": _measured(found.brier),
        "constant_guesser": found.least,
        "bins": [{**each._asdict(), "share": _measured(each.share)} for each in found.bins],
    }


def _attack(attack: Attack) -> dict[str, Any]:
    values = {key: each for key, each in asdict(attack).items() if key != "probe"}
    probe = {"name": attack.probe.name, "kind": attack.probe.kind, "what": attack.probe.what}
    return {**probe, **values, "is_found": attack.is_found}
