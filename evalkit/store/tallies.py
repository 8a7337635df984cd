"""How the responses of a run ended, which model gave them and what they cost, without reading one."""

from __future__ import annotations

from collections import Counter
from math import fsum
from typing import Any

from evalkit.core.account import RECORDED, Account
from evalkit.core.error_kinds import OTHER
from evalkit.core.tally import Tally
from evalkit.store.connection import Connection

_ENDINGS = """
SELECT evaluation_id, finish_reason, model_revision, count(*)
FROM responses JOIN evaluations USING (evaluation_id)
WHERE run_id = ? AND responses.error IS NULL AND NOT coalesce(is_recheck, false)
  AND (finish_reason IS NOT NULL OR model_revision IS NOT NULL) GROUP BY ALL"""

_IS_ELSEWHERE = f"is_cached OR coalesce(starts_with(cost_source, '{RECORDED}'), false)"

#: One row for each class of error, and one for each source of a cost.
_ACCOUNTS = f"""
SELECT evaluation_id,
       CASE WHEN responses.error IS NOT NULL THEN coalesce(error_kind, '{OTHER}') END AS failed,
       cost_source, count(*), count(cost_usd), sum(cost_usd),
       sum(cost_usd) FILTER (NOT ({_IS_ELSEWHERE})),
       count(*) FILTER (responses.error IS NULL AND cost_usd IS NULL AND prompt_tokens IS NOT NULL
                        AND completion_tokens IS NOT NULL),
       coalesce(sum(retries), 0), coalesce(sum(throttled), 0),
       count(*) FILTER (responses.error IS NULL AND cost_usd IS NULL AND prompt_tokens IS NOT NULL
                        AND completion_tokens IS NOT NULL AND coalesce(is_batched, false))
FROM responses JOIN evaluations USING (evaluation_id)
WHERE run_id = ? AND NOT coalesce(is_recheck, false) GROUP BY ALL ORDER BY ALL"""


def tallies(connection: Connection, run_id: str) -> dict[str, Tally]:
    """Evaluation id to the counts over its answers, rechecks left out."""
    found: dict[str, tuple[Counter[str], Counter[str]]] = {}
    for evaluation_id, reason, revision, n in connection.execute(_ENDINGS, [run_id]).fetchall():
        reasons, revisions = found.setdefault(evaluation_id, (Counter(), Counter()))
        if reason is not None:
            reasons[reason] += n
        if revision is not None:
            revisions[revision] += n
    accounts = _accounts(connection, run_id)
    nothing: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    return {key: Tally(*found.get(key, nothing), account) for key, account in accounts.items()}


def _accounts(connection: Connection, run_id: str) -> dict[str, Account]:
    parts: dict[str, list[tuple[Any, ...]]] = {}
    for evaluation_id, *part in connection.execute(_ACCOUNTS, [run_id]).fetchall():
        parts.setdefault(evaluation_id, []).append(tuple(part))
    return {evaluation_id: _account(its) for evaluation_id, its in parts.items()}


def _account(parts: list[tuple[Any, ...]]) -> Account:
    kinds: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    costs, spent, sums = [], [], [0, 0, 0, 0]
    for failed, source, n, n_priced, cost_usd, spent_usd, *counts in parts:
        if failed is not None:
            kinds[failed] += n
        if source is not None:
            sources[source] += n_priced
        if cost_usd is not None:
            costs.append(cost_usd)
        if spent_usd is not None:
            spent.append(spent_usd)
        sums = [total + count for total, count in zip(sums, counts, strict=True)]
    n_unpriced, retries, throttled, n_batched = sums
    cost_usd, spent_usd = (fsum(costs), fsum(spent)) if costs else (None, None)
    return Account(cost_usd, spent_usd, n_unpriced, sources, kinds, retries, throttled, n_batched)
