"""What answers to a task took before."""

from __future__ import annotations

from dataclasses import dataclass

from evalkit.store.connection import Connection


@dataclass(frozen=True, slots=True)
class EarlierUsage:
    """Means over earlier answers that were asked for, copies from the cache left out.

    Attributes:
        prompt_tokens: of prompts of the same model and prompt; None where there were none.
        completion_tokens: of answers; None where there were none.
        n_completions: answers that the latter is the mean of.
    """

    prompt_tokens: float | None
    completion_tokens: float | None
    n_completions: int


_MEANS = """SELECT avg(prompt_tokens) FILTER (prompt_hash = $prompt_hash), avg(completion_tokens),
        count(completion_tokens)
    FROM responses JOIN evaluations USING (evaluation_id) JOIN subjects USING (subject_id)
    WHERE task = $task AND ($model IS NULL OR model = $model) AND NOT coalesce(is_cached, false)"""


def earlier_usage(connection: Connection, task: str, model: str, prompt_hash: str) -> EarlierUsage:
    """Of the model's own answers to the task; their length of any model's where it has none."""
    of_model = _means(connection, task, model, prompt_hash)
    if of_model.n_completions:
        return of_model
    of_all = _means(connection, task, None, prompt_hash)
    return EarlierUsage(of_model.prompt_tokens, of_all.completion_tokens, of_all.n_completions)


def _means(connection: Connection, task: str, model: str | None, prompt_hash: str) -> EarlierUsage:
    values = {"task": task, "model": model, "prompt_hash": prompt_hash}
    row = connection.execute(_MEANS, values).fetchone()
    return EarlierUsage(*row) if row is not None else EarlierUsage(None, None, 0)


def earlier_judging(connection: Connection, task: str, judge: str) -> EarlierUsage:
    """Of the judge's own judgements of the task's answers, each with what was repeated in it."""
    row = connection.execute(
        """SELECT avg(prompt_tokens), avg(completion_tokens), count(completion_tokens)
           FROM judgements JOIN evaluations USING (evaluation_id)
           WHERE task = ? AND judge = ? AND NOT coalesce(is_cached, false)""",
        [task, judge],
    ).fetchone()
    return EarlierUsage(*row) if row is not None else EarlierUsage(None, None, 0)


@dataclass(frozen=True, slots=True)
class EarlierCost:
    """What an answer cost, over the answers of one evaluation, copies from the cache at what they once cost.

    Attributes:
        usd: mean over those with a price, with what their judges cost; None where none has one.
        n_priced: answers with a price, that of their judges too.
        n: answers.
    """

    usd: float | None
    n_priced: int
    n: int


def earlier_cost(connection: Connection, evaluation_id: str) -> EarlierCost:
    """Of the answers that were not errors; rechecks are answers too."""
    row = connection.execute(
        """WITH judging AS (
               SELECT sample_id, repeat, sum(cost_usd) AS usd, bool_and(cost_usd IS NOT NULL) AS is_priced
               FROM judgements WHERE evaluation_id = $id AND NOT coalesce(is_rejudged, false)
               GROUP BY sample_id, repeat)
           SELECT avg(total), count(total), count(*) FROM (
               SELECT CASE WHEN coalesce(is_priced, true) THEN r.cost_usd + coalesce(usd, 0) END AS total
               FROM responses r LEFT JOIN judging USING (sample_id, repeat)
               WHERE evaluation_id = $id AND error IS NULL)""",
        {"id": evaluation_id},
    ).fetchone()
    return EarlierCost(None, 0, 0) if row is None else EarlierCost(*row)


def known_tasks(connection: Connection) -> list[str]:
    """Tasks with a finished evaluation, by name."""
    rows = connection.execute("SELECT DISTINCT task FROM evaluations WHERE status = 'finished' ORDER BY task")
    return [row[0] for row in rows.fetchall()]
