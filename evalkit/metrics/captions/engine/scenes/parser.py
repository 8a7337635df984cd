"""Captions to propositions by SPICE's parser, a Java process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.errors import MetricError
from evalkit.metrics.cancellation import CancellableWork, long_work
from evalkit.metrics.captions.engine.java import JavaError, find_java
from evalkit.metrics.captions.engine.java_process import JavaProcess
from evalkit.metrics.captions.engine.java_results import JavaResults
from evalkit.metrics.captions.engine.pycoco import digest_of
from evalkit.metrics.captions.engine.scenes.graph import Proposition
from evalkit.metrics.captions.engine.scenes.jars import class_path, spice_jar

#: Captions in one request: enough for all processors, few enough to be lost when Java is killed.
_BATCH = 128
#: Sum of the cubed numbers of words in one request: as much work as 128 captions of 20 words.
_BATCH_WORK = 128 * 20**3
#: Captions that may break Java one after the other before it is Java that is broken.
_PATIENCE = 3
#: Seconds for one request; it takes some ten, and the longest caption alone a minute or two.
_TIMEOUT_S = 600.0

_SCRIPT = Path(__file__).with_name("parse_captions.js")
#: Rhino's, which runs a file.
_MAIN = "org.mozilla.javascript.tools.shell.Main"


@dataclass(frozen=True)
class SceneParser:
    """Parses what is not in the cache; what was parsed is there from then on, for every process.

    Args:
        heap_mb: memory limit of Java.
        threads: processors that it may use, None for all.
        max_words: a caption of more words is not tried.
    """

    heap_mb: int
    threads: int | None
    max_words: int

    def parse(self, captions: Iterable[str]) -> dict[str, list[Proposition] | str]:
        """Caption to its propositions, or to the reason (a text) why it has none.

        Raises MetricError where Java or a jar is missing and something is to be parsed, and where Java
        breaks whatever it is given.
        """
        wanted = list(dict.fromkeys(captions))
        cache = JavaResults(f"spice-{digest_of(spice_jar())}")
        known = cache.known([(caption,) for caption in wanted])
        found: dict[str, Any] = {wanted[i]: value for i, value in known.items()}
        new = []
        for caption in wanted:
            n_words = len(caption.split())
            if not n_words:
                found[caption] = []
            elif n_words > self.max_words and caption not in found:
                found[caption] = f"a text of {n_words:,} words is longer than max_words, {self.max_words:,}"
            elif caption not in found:
                new.append(caption)
        if new:
            self._parse_new(new, found, cache)
        return found

    def _parse_new(self, captions: Sequence[str], found: dict[str, Any], cache: JavaResults) -> None:
        with self._process() as process:
            requests = _Requests(process, len(captions))
            with requests.work():
                for batch in _batches(captions):
                    answers = requests.ask(batch)
                    found.update(answers)
                    parsed = {k: value for k, value in answers.items() if not isinstance(value, str)}
                    cache.keep({(caption,): value for caption, value in parsed.items()})

    def _process(self) -> JavaProcess:
        options = [] if self.threads is None else [f"-XX:ActiveProcessorCount={self.threads}"]
        return JavaProcess(
            *(find_java(), class_path(), _MAIN, [str(_SCRIPT)], self.heap_mb),
            options=options,
            timeout_s=_TIMEOUT_S,
        )


def _batches(captions: Sequence[str]) -> Iterator[list[str]]:
    """Short captions first, long ones by themselves: the time for one grows with the cube of its words."""
    batch: list[str] = []
    work = 0
    for caption in sorted(captions, key=len):
        cost = len(caption.split()) ** 3
        if batch and (len(batch) == _BATCH or work + cost > _BATCH_WORK):
            yield batch
            batch, work = [], 0
        batch.append(caption)
        work += cost
    if batch:
        yield batch


class _Requests:
    """Requests to one process, which is started again when it ends."""

    def __init__(self, process: JavaProcess, n_captions: int) -> None:
        self._process = process
        self._n_captions = n_captions
        self._work: CancellableWork | None = None
        self._n_broken = 0

    @contextmanager
    def work(self) -> Iterator[None]:
        with long_work("spice: captions parsed", self._n_captions, self._process.close) as self._work:
            yield

    def ask(self, captions: Sequence[str]) -> Mapping[str, Any]:
        """Caption to propositions or reason. A request that fails is made for each caption alone."""
        assert self._work is not None
        answer = self._tried(captions)
        if isinstance(answer, list):
            self._work.advance(len(captions))
            return dict(zip(captions, answer, strict=True))
        if len(captions) > 1:
            return {caption: value for each in captions for caption, value in self.ask([each]).items()}
        self._work.advance(1)
        return {
            captions[0]: f"SPICE's parser broke over a text of {len(captions[0].split()):,} words: {answer}"
        }

    def _tried(self, captions: Sequence[str]) -> list[Any] | str:
        """The answer, or why there is none; Java is started again once."""
        failure: JavaError | None = None
        for _ in range(2):
            assert self._work is not None
            self._work.check()
            try:
                answer = json.loads(self._process.ask(json.dumps(captions)))
            except JavaError as error:
                failure = error
                continue
            self._n_broken = 0
            return answer if isinstance(answer, list) else self._reason(str(answer.get("error")))
        self._n_broken += len(captions) == 1
        if self._n_broken == _PATIENCE:
            raise MetricError(f"SPICE's parser broke: {self._reason(str(failure))}")
        return self._reason(str(failure))

    def _reason(self, error: str) -> str:
        is_memory = "OutOfMemory" in error or "heap" in error
        return f"{error}; raise heap_mb, now {self._process.heap_mb}" if is_memory else error
