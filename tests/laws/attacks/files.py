"""Files of other tools, exported runs and spools that somebody has bent, byte by byte and value by value."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

from tests.invocation import ROOT
from tests.laws.attacks.attack import ENDS, Attack, refused

_IMPORTS = {
    "deepeval": "deepeval/test_run_20261124_231505.json",
    "inspect": "inspect/good.eval",
    "lm-eval": "lm_eval/limited_results_2026-11-24T23-17-31.691716.json",
    "openai-evals": "openai_evals/good.jsonl",
    "promptfoo": "promptfoo/output.json",
}
#: Values that stand in for a number or a text of a file, as JSON.
_ODD = (
    "1e18",
    "18446744073709551615",
    "-1",
    '"\\u001b[31m"',
    "null",
    "[" * 2_000,
    "9" * 5_000,
    '"../../x"',
    "{}",
)
_SPOOLS = (
    b'["runs"]',
    b'["runs","x"]',
    b'["schema_version",99]',
    b'["spool_offsets","a","b",1]',
    b'["spool",99999999999]',
    b'["spool",-1]',
    b'["spool","x"]',
    b'["spool",1e300]',
    b"[]",
    b"{}",
    b"null",
    b"\x00",
    b"\xff\xfe",
    b"[" * 50_000,
    b'["responses"]',
    b'["responses",1,2,3]',
    b'["scores","e","s",0,"x",1e400]',
    b'["metrics","e","m","text"]',
    b'["responses","e","s",0,"i",null,"o",null,null,99999999999999999999999,1,1.0,1.0,false,1.0]',
    b'["responses","e","s",0,"i",null,"o",null,null,1,1,1.0,1.0,false,1e18]',
    b'["runs","r",1e18,null,"finished",false,null,null,null,"",[],""]',
    b'["runs","../../x",1.0,2.0,"finished",false,null,null,null,"",[],""]',
    b'["verdicts","e","g","maybe","d",null,null]',
    b'["baselines","main","x",1.0]',
    b'["unknown",1]',
    b'["evaluations","e","r","t","h","d","s",-1,-1,"odd"]',
    b'["evaluations",null]',
    b'["prompts",{}]',
)


def attacks() -> Iterator[Attack]:
    for tool, name in _IMPORTS.items():
        data = (ROOT / "tests/data/imports" / name).read_bytes()
        for what, changed in _bent(data, tool):
            file = "bent" + Path(name).suffix
            arguments = ("import", tool, file, "--store", ".evalkit/results.duckdb")
            yield Attack("import", f"{tool}: {what}", {file: changed}, arguments, kind="evalkit")
    for number, line in enumerate(_SPOOLS):
        for process in ("main", "w\x1b[31m"):
            path = f".evalkit/results.duckdb.spool/20261128-000000-aaaa/{process}.jsonl"
            files = {path: b'["spool",1,"0.1.0"]\n' + line + b"\n"}
            yield Attack(
                "spool", f"line {number} of {process[0]}", files, ("runs", "--json"), "evalkit", ENDS
            )


def run_file_attacks(exported: bytes, run_id: str) -> Iterator[Attack]:
    """Of a run that was really exported."""
    bent: dict[str, bytes] = dict(_bent(exported, "run file"))
    for other in ("../../x", "/tmp/evalkit_attack", "..", "", "a/b", "\x1b[31m", "x" * 5_000):
        bent[f"id {other[:20]!r}"] = exported.replace(run_id.encode(), json.dumps(other)[1:-1].encode())
    lines = exported.splitlines(keepends=True)
    kinds = {orjson_kind(line): line for line in lines}
    for kind, line in kinds.items():
        bent[f"double {kind}"] = exported + line
        bent[f"no {kind}"] = b"".join(each for each in lines if orjson_kind(each) != kind)
    bent["empty"] = b""
    arguments: tuple[str, ...]
    for name, data in bent.items():
        for file, content in (("evil.jsonl", data), ("evil.jsonl.gz", gzip.compress(data))):
            arguments = ("baseline", "import", file, "--store", ".evalkit/results.duckdb")
            is_forged = name.startswith(("id", "double"))
            ends = refused() if is_forged else ENDS
            yield Attack("run file", f"{name} in {file}", {file: content}, arguments, "evalkit", ends)
    for name, data in bent.items():
        arguments = ("suites", "--llm-model=python:app:answer", "--llm-baseline=file:evil.jsonl")
        yield Attack("baseline file", name, {"evil.jsonl": data}, arguments)


def orjson_kind(line: bytes) -> str:
    return str(json.loads(line)[0])


def _bent(data: bytes, salt: str) -> Iterator[tuple[str, bytes]]:
    """Torn at some places, some bytes flipped, some values replaced."""
    draw = random.Random(salt)
    for share in (0.0, 0.3, 0.9):
        yield f"torn at {share}", data[: int(share * len(data))]
    for turn in range(4):
        place = draw.randrange(len(data))
        yield f"byte {turn}", data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
    places = [
        i for i in range(len(data) - 1) if data[i : i + 1] == b":" and data[i + 1 : i + 2] in b' "0123456789'
    ]
    for odd in _ODD:
        if not places:
            break
        place = draw.choice(places)
        end = min((j for j in (data.find(b",", place), data.find(b"}", place)) if j > 0), default=len(data))
        yield f"value {odd[:20]}", data[: place + 1] + odd.encode() + data[end:]
