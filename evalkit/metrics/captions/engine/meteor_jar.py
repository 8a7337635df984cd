"""The statistics of METEOR, from its jar in a Java process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.errors import MetricError
from evalkit.metrics.cancellation import CancellableWork, long_work
from evalkit.metrics.captions.engine.java import JavaError, find_java
from evalkit.metrics.captions.engine.java_process import JavaProcess
from evalkit.metrics.captions.engine.java_results import JavaResults
from evalkit.metrics.captions.engine.meteor_score import statistics_of
from evalkit.metrics.captions.engine.pycoco import digest_of, pycoco_file

#: A caption, then its references.
Texts = tuple[str, ...]

_ARGUMENTS = ("-", "-", "-stdio", "-l", "en", "-norm")
_BAR = "|||"
#: Requests that are sent before the first answer is read.
_BATCH = 200
#: Captions that may break Java one after the other before it is Java that is broken.
_PATIENCE = 3


def meteor_jar() -> Path:
    """METEOR itself, with its paraphrases beside it. Raises MetricError where one is not installed."""
    pycoco_file("meteor", "data", "paraphrase-en.gz")
    return pycoco_file("meteor", "meteor-1.5.jar")


@dataclass(frozen=True)
class MeteorJar:
    """Answers from the user's cache what was asked before, and starts Java for the rest.

    Args:
        heap_mb: memory limit of Java.
    """

    heap_mb: int

    def statistics(self, captions: Sequence[Texts]) -> list[list[float] | str]:
        """Statistics of each caption, or the reason why it has none. Raises MetricError where Java or the
        jar is missing, and where Java breaks whatever it is given."""
        jar = meteor_jar()
        cache = JavaResults(f"meteor-{digest_of(jar)}")
        known = cache.known(captions)
        lines = {captions[i]: line for i, line in known.items()}
        new = [texts for texts in dict.fromkeys(captions) if texts not in lines]
        if new:
            lines.update(self._ask(jar, new, cache))
        # A line that is not one of statistics is what Java said instead.
        return [statistics_of(lines[texts]) or lines[texts] for texts in captions]

    def _ask(self, jar: Path, captions: Sequence[Texts], cache: JavaResults) -> dict[Texts, str]:
        lines: dict[Texts, str] = {}
        with (
            JavaProcess(find_java(), [jar], "Meteor", _ARGUMENTS, self.heap_mb) as process,
            long_work("meteor: captions aligned", len(captions), process.close) as work,
        ):
            for start in range(0, len(captions), _BATCH):
                batch = dict(_Requests(process, work).answers(captions[start : start + _BATCH]))
                lines.update(batch)
                cache.keep({texts: line for texts, line in batch.items() if statistics_of(line)})
        return lines


class _Requests:
    """Requests to one process, which is started again when it ends."""

    def __init__(self, process: JavaProcess, work: CancellableWork) -> None:
        self._process = process
        self._work = work

    def answers(self, captions: Sequence[Texts]) -> Iterator[tuple[Texts, str]]:
        """Each caption with its line, or with the reason why it has none after two tries."""
        position, n_tries, n_broken = 0, 0, 0
        while position < len(captions):
            try:
                self._process.send([_request(texts) for texts in captions[position:]])
                while position < len(captions):
                    yield captions[position], self._process.receive()
                    position, n_tries, n_broken = position + 1, 0, 0
                    self._work.advance(1)
            except JavaError as error:
                self._work.check()
                n_tries += 1
                if n_tries < 2:
                    continue
                n_broken += 1
                if n_broken == _PATIENCE:
                    raise MetricError(f"METEOR's program broke: {self._reason(error)}") from None
                yield captions[position], f"METEOR's program broke: {self._reason(error)}"
                position, n_tries = position + 1, 0

    def _reason(self, error: JavaError) -> str:
        heap = f"; raise heap_mb, now {self._process.heap_mb}" if "heap" in error.what else ""
        return error.what + heap


def _request(texts: Texts) -> str:
    caption, *references = (" ".join(text.replace(_BAR, " ").split()) for text in texts)
    return f" {_BAR} ".join(["SCORE", *references, caption])
