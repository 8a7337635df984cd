"""Reading ``metrics`` and ``verdicts``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from evalkit.core.estimate import (
    Comparison,
    Estimate,
    JudgeNoise,
    LabelCorrection,
    LabelPlan,
    WithinSampleNoise,
)
from evalkit.core.old_names import current_label
from evalkit.core.verdict import Verdict
from evalkit.store.connection import Connection
from evalkit.store.renamed import current
from evalkit.store.shapes import stored_noise

#: Fields of an Estimate that came later, in the order in which they are read.
_LATER = ("worst", "best", "n_cut", "without_cut")


def estimates(connection: Connection, evaluation_id: str) -> list[Estimate]:
    rows = connection.execute(
        f"""SELECT {current("metric")}, value, ci_low, ci_high, n, {current("signature")},
                  is_higher_better, n_failed, error, worst, best, coalesce(n_cut, 0), value_without_cut
           FROM metrics WHERE evaluation_id = ? ORDER BY rowid""",
        [evaluation_id],
    ).fetchall()
    return [replace(Estimate(*row[:9]), **dict(zip(_LATER, row[9:], strict=True))) for row in rows]


def verdicts(connection: Connection, evaluation_id: str) -> list[Verdict]:
    rows = connection.execute(
        f"""SELECT {current("gate")}, verdict, detail, p_value, baseline_run_id, comparison,
               coalesce(is_recorded, false), coalesce(is_dropped, false), coalesce(is_unseen, false)
           FROM verdicts WHERE evaluation_id = ? ORDER BY rowid""",
        [evaluation_id],
    ).fetchall()
    return [Verdict(*[*row[:5], _comparison(row[5]), *row[6:]]) for row in rows]


def baseline_evaluation_ids(connection: Connection, evaluation_id: str) -> dict[str, str]:
    rows = connection.execute(
        f"""SELECT {current("gate")}, baseline_evaluation_id FROM verdicts
           WHERE evaluation_id = ? AND baseline_evaluation_id IS NOT NULL ORDER BY rowid""",
        [evaluation_id],
    ).fetchall()
    return dict(rows)


def _comparison(text: str | None) -> Comparison | None:
    if text is None:
        return None
    known = Comparison.__dataclass_fields__  # a newer evalkit may have stored more
    stored = orjson.loads(text)
    values = {name: value for name, value in stored.items() if name in known}
    noise = stored_noise(stored)
    if "is_one_sided" not in values:
        values |= _of_two_sided(values)
    return Comparison(
        **{
            **values,
            "metric": current_label(values["metric"]),
            "within_sample_noise": WithinSampleNoise(**noise) if noise else None,
            "judge_noise": JudgeNoise(**judges) if (judges := values.get("judge_noise")) else None,
            "correction": _correction(values.get("correction")),
            "pooled_with": tuple(values.get("pooled_with", ())),
        }
    )


def _correction(stored: dict[str, Any] | None) -> LabelCorrection | None:
    if stored is None:
        return None
    known = {name: each for name, each in stored.items() if name in LabelCorrection.__dataclass_fields__}
    plan = known.get("plan")
    parts = {} if plan is None else {n: v for n, v in plan.items() if n in LabelPlan.__dataclass_fields__}
    return LabelCorrection(**{**known, "plan": LabelPlan(**parts) if parts else None})


def _of_two_sided(values: dict[str, Any]) -> dict[str, Any]:
    """What was not stored while all tests were two-sided, and the interval alone said better or worse."""
    low, high, p_value = values["low"], values["high"], values["p_value"]
    is_shown = None not in (low, high, p_value) and p_value <= values["alpha"]
    return {
        "p_two_sided": p_value,
        "is_better": is_shown and low > 0,
        "is_worse": is_shown and high < 0,
    }
