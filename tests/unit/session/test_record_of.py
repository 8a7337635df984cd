"""The subject of an evaluation is the same, whether its answers were made or found in the cache."""

from __future__ import annotations

from pathlib import Path

from evalkit.cache.cache import ResponseCache
from evalkit.core.request import Request
from evalkit.core.response import Response
from evalkit.session.units import record_of
from tests.unit.runner.test_runner import Echo, make_unit, run


class Served(Echo):
    """Says what answered only with its answers."""

    revision = None

    async def respond(self, request: Request) -> Response:
        return Response(request.text, model_revision="served-1")


def test_a_cached_evaluation_has_the_subject_of_the_one_that_was_asked(tmp_path: Path) -> None:
    records = []
    for _ in range(2):
        unit = make_unit(Served())
        run([unit], ResponseCache.open(tmp_path, "readwrite"))
        records.append(record_of(unit))
    assert [r.is_cached for r in unit.responses if r] == [True] * 20
    assert records[0] == records[1]
    assert records[0].model_revision == "served-1"
