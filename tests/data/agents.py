"""Recorded runs of the Berkeley Function Calling Leaderboard, with the verdicts of its own checker.

One model behind two versions of its server. Of a conversation of several turns the whole way is kept: what
the user asked, the calls, what came back. A row carries the verdict on each output of its sample, as those
of ``tests.data.judged`` do, with the class of the fault.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evalkit.core.response import Response
from evalkit.core.sample import Sample
from evalkit.core.score import Score
from tests.data.judged import Rows, digest

CATEGORIES = ("multi_turn_base", "simple_python", "multiple", "irrelevance")
SERVERS = {"v0.11.0": "vllm-0.11.0", "2025-11-12-main": "vllm-main"}


def checked(sample: Sample, response: Response) -> Score:
    """What the leaderboard's checker said of this very output. Raises LookupError where it said nothing."""
    fault = sample.row["judged"].get(digest(response.output or ""))
    if fault is None:
        raise LookupError("nobody judged this output")
    return Score("python", float(not fault), explanation=fault or None)


def bfcl(data: Path) -> tuple[Rows, Rows]:
    """Questions by category, what each version of the server gave. A question without any call is answered
    by ``no call``."""
    samples: dict[str, dict[str, Any]] = {}
    outputs: Rows = defaultdict(list)
    for category in CATEGORIES:
        for row in _lines(data / f"bfcl/data/BFCL_v4_{category}.json"):
            asked = [message["content"] for turn in row["question"] for message in turn]
            tools = [each["name"] for each in row.get("function", ())] or row["involved_classes"]
            samples[row["id"]] = {
                "id": row["id"], "question": "\n".join(asked), "category": category,
                "tools": len(tools), "judged": {},
            }  # fmt: skip
        for folder, server in SERVERS.items():
            run = data / f"bfcl/runs/{folder}/gpt-oss-120b"
            verdicts = {row["id"]: row for row in _lines(run / f"{category}_verdicts.jsonl")}
            for row in _lines(run / f"{category}_result.jsonl"):
                recorded = _recorded(row, server)
                outputs[server].append(recorded)
                verdict = verdicts[row["id"]]
                fault = "" if verdict["valid"] else verdict.get("error_type") or "not valid"
                samples[row["id"]]["judged"][digest(recorded.get("output", ""))] = fault
    return {"bfcl": list(samples.values())}, outputs


def _recorded(row: Mapping[str, Any], server: str) -> dict[str, Any]:
    found: dict[str, Any] = {"sample_id": row["id"], "model": server}
    if isinstance(row["result"], str) and row["result"].startswith("Error"):
        return {**found, "error": row["result"][:200]}
    way = list(_way(row["inference_log"])) if "inference_log" in row else []
    return {
        **found,
        "output": _called(row["result"]),
        "latency_s": _total(row["latency"]),
        "prompt_tokens": int(_total(row["input_token_count"])),
        "completion_tokens": int(_total(row["output_token_count"])),
        **({"trajectory": way} if way else {}),
    }


def _called(result: Any) -> str:
    """One call a line; of several turns a blank line between them."""
    if isinstance(result, str):
        return result
    if result and isinstance(result[0], list):
        return "\n\n".join(_called([call for step in turn for call in step]) for turn in result)
    calls = [f"{name}({arguments})" for call in result for name, arguments in call.items()]
    return "\n".join(calls) or "no call"


def _way(log: list[Any]) -> Iterator[dict[str, Any]]:
    """The conversation as chat messages, without the checker's remarks about its own state."""
    n_calls = 0
    for turn in (each for each in log if isinstance(each, dict)):
        yield from ({"role": "user", "content": each["content"]} for each in turn["begin_of_turn_query"])
        for message in (each for name, step in turn.items() if name.startswith("step_") for each in step):
            if message["role"] == "tool":
                yield {"role": "tool", "content": message["content"]}
            elif message["role"] == "assistant":
                calls = message["content"] if isinstance(message["content"], list) else []
                text = message["content"] if isinstance(message["content"], str) else ""
                told = []
                for name, arguments in (pair for call in calls for pair in call.items()):
                    n_calls += 1
                    function = {"name": name, "arguments": arguments}
                    told.append({"id": f"call_{n_calls}", "type": "function", "function": function})
                if told or text:
                    yield {"role": "assistant", "content": text, "tool_calls": told}


def _total(value: Any) -> float:
    """The sum over all turns and steps."""
    return sum(map(_total, value)) if isinstance(value, list) else float(value)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as stream:
        yield from map(json.loads, stream)
