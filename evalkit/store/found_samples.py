"""Looking for a text in what was asked and answered, over all runs."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.core.subject import DEFAULT_PROMPT
from evalkit.store.connection import Connection


class FoundSample(NamedTuple):
    """One answer in which the text stands.

    Attributes:
        where: ``input``, ``target``, ``output``, ``error`` or ``explanation``.
        around: the text with what stands around it.
    """

    run_id: str
    started_at: float
    task: str
    model: str
    prompt: str
    sample_id: str
    repeat: int
    where: str
    around: str

    @property
    def label(self) -> str:
        """``local/smollm2``, or ``local/smollm2#terse`` with a prompt other than the task's own."""
        return self.model if self.prompt == DEFAULT_PROMPT else f"{self.model}#{self.prompt}"


#: Characters before the text that are shown with it, and all that are shown.
_BEFORE, _SHOWN = 60, 240

#: What stands first in this order is shown of an answer.
_QUERY = f"""
WITH texts AS (
    SELECT evaluation_id, sample_id, repeat, u.place, u.name, u.content
    FROM responses, unnest([
        {{'place': 1, 'name': 'output', 'content': output}},
        {{'place': 2, 'name': 'error', 'content': error}},
        {{'place': 3, 'name': 'input', 'content': input}},
        {{'place': 4, 'name': 'target', 'content': target}}
    ]) AS t(u)
    WHERE NOT coalesce(is_recheck, false)
    UNION ALL
    SELECT evaluation_id, sample_id, repeat, 5, 'explanation', explanation FROM scores
), hits AS (
    SELECT *, strpos(lower(content), $text) AS found_at FROM texts
    WHERE content IS NOT NULL AND contains(lower(content), $text)
    QUALIFY row_number() OVER (PARTITION BY evaluation_id, sample_id, repeat ORDER BY place) = 1
)
SELECT run_id, epoch_us(started_at) / 1e6, task, coalesce(model, subject_id), coalesce(prompt, 'default'),
       sample_id, repeat, name, substr(content, greatest(found_at - {_BEFORE}, 1)::BIGINT, {_SHOWN})
FROM hits JOIN evaluations e USING (evaluation_id) JOIN runs USING (run_id)
     LEFT JOIN subjects USING (subject_id)
WHERE $task = '' OR task = $task
ORDER BY started_at DESC, run_id DESC, e.rowid, sample_id, repeat
LIMIT $limit
"""


def found_samples(connection: Connection, text: str, task: str = "", *, limit: int) -> list[FoundSample]:
    """Answers with ``text`` in them, without regard to case, the latest run first."""
    parameters = {"text": text.lower(), "task": task, "limit": limit}
    return [FoundSample(*row) for row in connection.execute(_QUERY, parameters).fetchall()]
