"""The tokeniser of pycocoevalcap itself, in a Java of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from evalkit.metrics.captions.engine.java import JavaError, find_java
from evalkit.metrics.captions.engine.java_process import JavaProcess
from evalkit.metrics.captions.engine.ptb.lexer import one_line
from evalkit.metrics.captions.engine.ptb.tokenizer import kept
from evalkit.metrics.captions.engine.pycoco import pycoco_file

_MAIN = "edu.stanford.nlp.process.PTBTokenizer"
#: Stands behind every caption, so that none is seen with another one's words or as the end of the file.
_NEXT = "A"


class JavaTokenizer:
    """``PTBTokenizer`` of Stanford CoreNLP 3.4.1, one child process for each call.

    Characters that end a line in Java become spaces first, so that no caption can move another. Nothing is
    written to disk.

    Args:
        heap_mb: most megabytes of Java heap.
        timeout_s: seconds that Java may be silent.
    """

    signature = "ptb-java-3.4.1"

    def __init__(self, heap_mb: int = 1024, timeout_s: float = 300.0) -> None:
        self._heap_mb = heap_mb
        self._timeout_s = timeout_s

    def tokenize(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """As in Tokenizer. A child that breaks is tried once more, then JavaError is raised."""
        lines = [one_line(text) for text in texts]
        for is_last in (False, True):
            try:
                return self._tokenize(lines) if lines else []
            except JavaError:
                if is_last:
                    raise
        raise AssertionError("unreachable")

    def _tokenize(self, lines: Sequence[str]) -> list[tuple[str, ...]]:
        process = JavaProcess(
            find_java(),
            [jar()],
            _MAIN,
            ["-preserveLines", "-lowerCase"],
            self._heap_mb,
            timeout_s=self._timeout_s,
        )
        with process:
            process.send(list(chain.from_iterable((line, _NEXT) for line in lines)))
            process.finish()
            answers = []
            for _ in lines:
                answers.append(kept(process.receive().rstrip().split(" ")))
                if process.receive() != _NEXT.lower():
                    raise JavaError(f"{_MAIN} lost a line", hint="set 'tokenizer: python'")
        return answers


def jar() -> Path:
    """The tokeniser's jar inside pycocoevalcap. Raises MetricError where the package is not installed."""
    return pycoco_file("tokenizer", "stanford-corenlp-3.4.1.jar")
