"""What got worse, clustered: by kind of change, failing scorer, slice, and what the inputs have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from evalkit.comparisons.clusters import cluster_codes
from evalkit.core.columns import column_of
from evalkit.core.frozen import frozen
from evalkit.core.score import Score
from evalkit.report.data import EvaluationData, Pair
from evalkit.report.kinds_of_change import OTHER, kind_of_change
from evalkit.report.links import Where, samples_link
from evalkit.report.numbers import difference_text, interval_text
from evalkit.report.telling_words import telling_words

#: Clusters of each way, and examples of each cluster.
MOST, EXAMPLES = 3, 3
#: A kind of change that only so few show is told with the other small ones.
_SMALL_SHARE = 0.05
#: What slices, groups and words have at least of all that got worse, to be told.
_LEAST, _LEAST_SHARE = 2, 0.1
_BY_KIND, _BY_SCORER, _BY_SLICE, _BY_INPUT = "kind of change", "failing scorer", "slice", "input"


@frozen(slots=True)
class Cluster:
    """Samples that got worse and have something in common.

    Attributes:
        way: what they were put together by.
        title: what they have in common, in words.
        n: rows that got worse among them.
        of: all rows that have it, worse or not; None where only rows that got worse can.
        remark: what else is known of them.
        rows: some of the candidate's, to be shown as examples, the greatest fall first.
        link: all of them among the samples of the page; empty where no filter keeps just these.
    """

    way: str
    title: str
    n: int
    of: int | None
    rows: tuple[int, ...]
    remark: str = ""
    link: str = ""

    @property
    def is_scorer(self) -> bool:
        """Whether a scorer's name and its fall are all that is told."""
        return self.way == _BY_SCORER

    @property
    def heading(self) -> str:
        """The title with a capital, but for one that begins with a name: of a scorer, of a field of rows."""
        is_name = self.way in (_BY_SCORER, _BY_SLICE)
        return self.title if is_name else f"{self.title[:1].upper()}{self.title[1:]}"


def lost_rows(item: EvaluationData) -> list[int]:
    """The candidate's rows that score lower than the baseline's, or failed where the baseline's did not."""
    pair = item.pair
    if pair is None:
        return []
    return [
        row
        for row, change in enumerate(pair.changes)
        if change == "loss" or (change == "error" and item.statuses[row] == "error" and _was_right(pair, row))
    ]


def _was_right(pair: Pair, row: int) -> bool:
    partner = pair.rows[row]
    return partner is not None and pair.observations.responses[partner].error is None


def clusters(item: EvaluationData) -> tuple[Cluster, ...]:
    """Of one evaluation, computed once; none where no row got worse."""
    if item.pair is None:
        return ()
    known = item.pair.computed
    if "clusters" not in known:
        lost = lost_rows(item)
        found = _Found(item, item.pair, lost)
        known["clusters"] = tuple(found.all()) if lost else ()
    return known["clusters"]  # type: ignore[no-any-return]


class _Found:
    """The clusters of one pair of evaluations."""

    def __init__(self, item: EvaluationData, pair: Pair, lost: Sequence[int]) -> None:
        self._item, self._pair, self._lost = item, pair, lost
        self._shown: set[int] = set()
        self._before, self._now = self._values()

    def all(self) -> Iterator[Cluster]:
        """By all ways; of slices, groups and words those that say something of many."""
        ways = (self._by_kind, self._by_scorer, self._by_slice, self._by_group, self._by_words)
        for way in ways:
            for found in way():
                if found.n >= max(_LEAST, round(_LEAST_SHARE * len(self._lost))) or way == self._by_kind:
                    yield found

    def _cluster(
        self,
        way: str,
        title: str,
        rows: Sequence[int],
        of: int | None = None,
        remark: str = "",
        link: str = "",
    ) -> Cluster:
        return Cluster(way, title, len(rows), of, self._examples(rows), remark, link)

    def _link(self, **kept: Any) -> str:
        return samples_link(task=self._item.task, subject=self._item.label, **kept)

    def _examples(self, rows: Sequence[int]) -> tuple[int, ...]:
        """The greatest falls, rather such as stand in no other cluster, evenly over the dataset."""
        falls = {row: self._fall(row) for row in rows}
        greatest = max(falls.values(), default=0.0)
        best = [row for row in rows if falls[row] >= greatest - 1e-9]
        fresh = [row for row in best if row not in self._shown]
        pool = fresh if len(fresh) >= EXAMPLES else best
        if len(pool) < EXAMPLES:
            pool = [*pool, *sorted(set(rows) - set(pool), key=lambda row: -falls[row])][:EXAMPLES]
        step = max(len(pool) // EXAMPLES, 1)
        chosen = tuple(pool[: step * EXAMPLES : step])
        self._shown.update(chosen)
        return chosen

    def _fall(self, row: int) -> float:
        partner = self._pair.rows[row]
        before = None if partner is None or self._before is None else self._before[partner]
        now = None if self._now is None else self._now[row]
        return 0.0 if before is None else before - (0.0 if now is None else now)

    def _values(self) -> tuple[Sequence[float | None] | None, Sequence[float | None] | None]:
        """Those of the deciding scorer on both sides; None where one of them lacks it."""
        before, now, scorer = (
            self._pair.observations.scores,
            self._item.observations.scores,
            self._item.scorer,
        )
        if scorer is None or scorer not in before:
            return None, None
        return column_of(before[scorer], "value"), column_of(now[scorer], "value")

    def _scores(self, row: int) -> tuple[Score | None, Score | None]:
        """What the deciding scorer said of both sides."""
        partner, scorer = self._pair.rows[row], self._item.scorer
        if scorer is None or partner is None or scorer not in self._pair.observations.scores:
            return None, None
        return self._pair.observations.scores[scorer][partner], self._item.observations.scores[scorer][row]

    def _by_kind(self) -> Iterator[Cluster]:
        kinds: dict[str, list[int]] = defaultdict(list)
        base, mine = self._pair.observations.responses, self._item.observations.responses
        for row in self._lost:
            partner = self._pair.rows[row]
            if partner is not None:
                kinds[kind_of_change(base[partner], mine[row], *self._scores(row))].append(row)
        least = max(2, round(_SMALL_SHARE * len(self._lost)))
        small = [kind for kind, rows in kinds.items() if len(rows) < least and kind != OTHER]
        for kind in small if len(kinds) > len(small) else small[MOST:]:
            kinds[OTHER] += kinds.pop(kind)
        found = sorted(kinds.items(), key=lambda pair: (pair[0] == OTHER, -len(pair[1]), pair[0]))
        for kind, rows in found[:MOST]:
            link = self._link(kinds=["loss"]) if len(rows) == len(self._lost) else ""
            yield self._cluster(_BY_KIND, kind, sorted(rows), link=link)

    def _by_scorer(self) -> Iterator[Cluster]:
        """Which scorers fell, where there are several."""
        before, now = self._pair.observations.scores, self._item.observations.scores
        names = [name for name in now if name in before]
        if len(names) < 2:
            return
        fallen = {name: self._fallen(before[name], now[name]) for name in names}
        for name, rows in sorted(fallen.items(), key=lambda pair: -len(pair[1]))[:MOST]:
            if rows:
                link = self._link(where=[Where(f"turn.{name}", "worse")])
                yield self._cluster(_BY_SCORER, f"{name} fell", rows, link=link)

    def _fallen(self, before: Sequence[Score], now: Sequence[Score]) -> list[int]:
        rows = []
        were, are = column_of(before, "value"), column_of(now, "value")
        for row, partner in enumerate(self._pair.rows):
            old, new = None if partner is None else were[partner], are[row]
            if old is not None and (new is None or new < old):
                rows.append(row)
        return rows

    def _by_slice(self) -> Iterator[Cluster]:
        """Slices that a scan has shown to be worse."""
        scan = self._pair.slices
        moved = [] if scan is None else [move for move in scan.moved if move.word == "worse"]
        for move in sorted(moved, key=lambda move: -move.n_losses)[:MOST]:
            ids = set(move.sample_ids)
            rows = [row for row in self._lost if self._item.observations.sample_ids[row] in ids]
            if rows:
                low, high = (move.low, move.high) if move.is_higher_better else (-move.high, -move.low)
                change = difference_text(move.metric, move.candidate - move.baseline)
                remark = f"{move.metric} {change} {interval_text(move.metric, low, high)}"
                link = self._link(kinds=["loss"], slices={move.part.by: move.part.value})
                yield self._cluster(_BY_SLICE, move.part.text, rows, move.n, remark, link)

    def _by_group(self) -> Iterator[Cluster]:
        """Groups that the task declares, where more than one sample of a group got worse."""
        seen = self._item.observations
        pairs = zip(seen.sample_ids, seen.groups or (), strict=False)
        groups = {sample_id: group for sample_id, group in pairs if group is not None}
        codes = cluster_codes(seen.sample_ids, groups)
        if codes is None:
            return
        its: dict[int, list[int]] = defaultdict(list)
        for row in self._lost:
            its[int(codes[row])].append(row)
        sizes = codes.tolist()
        for code, rows in sorted(its.items(), key=lambda pair: -len(pair[1]))[:MOST]:
            if len({seen.sample_ids[row] for row in rows}) > 1:
                title = f"group {groups[seen.sample_ids[rows[0]]]}"
                yield self._cluster(_BY_INPUT, title, rows, sizes.count(code))

    def _by_words(self) -> Iterator[Cluster]:
        """Words that stand in the inputs of what got worse more often than in the others; each sample counts
        once, however often it was asked."""
        seen, frame = self._item.observations, self._item.frame
        lost = {seen.sample_ids[row]: row for row in reversed(self._lost)}
        others = {each: row for row, each in enumerate(seen.sample_ids) if each not in lost}
        inputs = column_of(seen.responses, "input")
        mine, theirs = ([frame.inner(inputs[row]) for row in side.values()] for side in (lost, others))
        ids = list(lost)
        for found in telling_words(mine, theirs, MOST):
            its = {ids[place] for place in found.places}
            rows = [row for row in self._lost if seen.sample_ids[row] in its]
            link = self._link(kinds=["loss"], query=found.word)
            yield self._cluster(_BY_INPUT, f"the input has “{found.word}”", rows, link=link)
