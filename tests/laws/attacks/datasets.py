"""Data files of every format that are torn, deep, huge, of another encoding, or full of controls."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator

from tests.laws.attacks.attack import PLAIN_CASES, Attack

_TASK = "task: attack/data\ndataset: {{file: {file}{more}}}\nmetrics: [accuracy]\ngates: [accuracy >= 0.5]\n"
_DEEP = "[" * 100_000
_JSONL = {
    "deep": '{"id": "a", "input": ' + _DEEP + "\n",
    "deep object": '{"a":' * 50_000 + "1" + "}" * 50_000 + "\n",
    "long integer": '{"id": "a", "input": ' + "9" * 5_000 + "}\n",
    "huge float": '{"id": "a", "input": 1e400, "target": "x"}\n',
    "nan": '{"id": "a", "input": NaN, "target": "x"}\n',
    "half surrogate": '{"id": "\\ud800", "input": "\\udfff", "target": "x"}\n',
    "nul": '{"id": "a\\u0000", "input": "\\u0000", "target": "x"}\n',
    "controls": json.dumps({"id": "\x1b[31m\x07", "input": "\x1b]0;x\x07", "target": "\x9b"}) + "\n",
    "same ids": '{"id": "a", "input": "x", "target": "X"}\n' * 2,
    "id is a list": '{"id": [1], "input": "x", "target": "X"}\n',
    "id is null": '{"id": null, "input": "x", "target": "X"}\n',
    "a list": "[1, 2]\n",
    "a number": "17\n",
    "torn": '{"id": "a", "inp',
    "empty": "",
    "blank lines": "\n\n\n",
    "no input": '{"id": "a"}\n',
    "input is messages": '{"id": "a", "input": [{"role": "user", "content": "x"}], "target": "X"}\n',
    "input is a dict": '{"id": "a", "input": {"a": 1}, "target": "X"}\n',
    "assert is a text": '{"id": "a", "input": "x", "assert": "contains"}\n',
    "assert of nothing": '{"id": "a", "input": "x", "assert": [{}]}\n',
    "assert unknown": '{"id": "a", "input": "x", "assert": [{"kontains": "y"}]}\n',
    "assert bad regex": '{"id": "a", "input": "x", "assert": [{"regex": "("}]}\n',
    "assert slow regex": json.dumps({"id": "a", "input": "a" * 40, "assert": [{"not_regex": "(A+)+$b"}]})
    + "\n",
    "assert bad schema": '{"id": "a", "input": "x", "assert": [{"json_schema": {"type": "nothing"}}]}\n',
    "id like a gate": '{"id": "accuracy >= 0.5", "input": "x", "assert": [{"equals": "no"}]}\n',
    "id like a path": '{"id": "../../x", "input": "x", "target": "X", "assert": [{"equals": "no"}]}\n',
    "very long id": json.dumps({"id": "i" * 100_000, "input": "x", "target": "X"}) + "\n",
    "very long input": json.dumps({"id": "a", "input": "i" * 5_000_000, "target": "X"}) + "\n",
    "workflow command": '{"id": "::error::x", "input": "##[group]x", "target": "::stop-commands::x"}\n',
}
_CSV = {
    "ragged": "id,input,target\n1,2\n1,2,3,4\n",
    "open quote": 'id,input,target\n1,"2,3\n',
    "nul": "id,input,target\n1,\x00,3\n",
    "no header": "",
    "double header": "id,id,input\n1,2,3\n",
    "empty header": ",,\n1,2,3\n",
    "field too long": "id,input,target\n1," + "x" * 200_000 + ",3\n",
}
_JSON = {
    "deep": _DEEP,
    "number": "3",
    "object of numbers": '{"a": 1}',
    "list of numbers": "[1, 2]",
    "torn": '[{"id": "a"',
    "bigbench": '{"examples": 3}',
    "bigbench deep": '{"examples": [{"input": "x", "target_scores": ' + "[" * 3_000 + "]" * 3_000 + "}]}",
    "coco": '{"annotations": [{"image_id": null, "caption": 3}], "images": "x"}',
}


def attacks() -> Iterator[Attack]:
    for suffix, contents in (
        ("jsonl", _JSONL),
        ("csv", _CSV),
        ("tsv", _CSV),
        ("json", _JSON),
        ("yaml", _JSON),
    ):
        for name, text in contents.items():
            yield _attack(f"{suffix}: {name}", f"cases.{suffix}", text)
    for name, data in _packed().items():
        yield _attack(name, name.split()[-1], data)
    for encoding in ("utf-16", "latin-1", "nonsense"):
        more = f", encoding: {encoding}"
        yield _attack(f"encoding {encoding}", "cases.jsonl", PLAIN_CASES.encode("utf-16"), more)
    for more in (
        ", types: {input: complex}",
        ", types: 3",
        ", texts: [nothing]",
        ", format: exe",
        ", split: 7",
    ):
        yield _attack(f"option{more}", "cases.jsonl", PLAIN_CASES, more)


def _attack(name: str, file: str, content: str | bytes, more: str = "") -> Attack:
    files = {f"suites/{file}": content, "suites/plain.eval.yaml": _TASK.format(file=file, more=more)}
    return Attack("dataset", name, files)


def _packed() -> dict[str, bytes]:
    bomb = gzip.compress(b'{"id": "a", "input": "' + b"x" * 300_000_000 + b'"}\n', compresslevel=1)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cases.jsonl", "x" * 10_000_000)
    whole = gzip.compress(PLAIN_CASES.encode())
    return {
        "bomb cases.jsonl.gz": bomb,
        "torn cases.jsonl.gz": whole[: len(whole) // 2],
        "corrupt cases.jsonl.gz": whole[:20] + b"\xff" * 20,
        "no gzip cases.jsonl.gz": b"plain",
        "zip cases.zip": inner.getvalue(),
        "no parquet cases.parquet": b"PAR1" + b"\x00" * 100 + b"PAR1",
        "empty cases.parquet": b"",
        "zeros cases.jsonl": b"\x00" * 100_000,
        "bytes cases.jsonl": bytes(range(256)) * 10,
        "zst cases.jsonl.zst": b"\x28\xb5\x2f\xfd" + b"\xff" * 100,
    }
