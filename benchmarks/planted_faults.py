"""Plants faults into sound conversations and has the embedded model judge them: which score falls.

    python -m conversations generate --n 200 --seed 42 --output output/conversations.jsonl
    python benchmarks/planted_faults.py --input output/conversations.jsonl

Of each kind: how many could be planted, how often the right score fell, how often another one did, and how
many fell through the gates.
`executed` faults come with what the executor returns to the wrong call, the others with the right output.
"""

import argparse
import copy
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from conversations.audit import evaluate
from conversations.audit.checks import check_record
from conversations.audit.truth import CompiledRegistry
from conversations.build import open_registry
from conversations.codes import looks_like_code
from conversations.execution.offline import OfflineExecutor
from conversations.steps import trace_arguments
from toolworlds.records.conversations import Conversation
from utils import dump_line, read_lines

Record = dict[str, Any]
Plant = Callable[[Record, random.Random], bool]
"""Spoils a record in place; False where it has no room for the fault."""

TARGETS = {
    "wrong_argument": "tool_correctness",
    "wrong_argument executed": "tool_correctness",
    "hallucinated_id": "tool_correctness",
    "hallucinated_id executed": "tool_correctness",
    "unknown_tool": "tool_correctness",
    "missing_confirmation": "task_completion",
    "repetition": "naturalness",
}
SCORES = ("tool_correctness", "task_completion", "naturalness")
OTHER_WORDS = ("Reykjavik", "Tashkent", "Wellington", "Antananarivo", "Quito")
EMPTY_WORDS = ("Okay.", "Alright then.", "Sure.")
FOREIGN_TOOLS = ("lookup_pro", "smart_fetch", "do_it_all", "quick_query")


def list_calls(record: Record) -> list[Record]:
    return [call for message in record["messages"] for call in message.get("tool_calls") or ()]


def settle(record: Record) -> None:
    """Brings lists and counts in step with the messages, as whoever wrote the fault would have."""
    messages, calls = record["messages"], list_calls(record)
    names = [call["name"] for call in calls]
    tools = list(dict.fromkeys(name.partition("::")[0] for name in names))
    record["tool_calls"] = calls
    record["tool_outputs"] = [
        {"name": m["name"], "output": json.loads(m["content"])} for m in messages if m["role"] == "tool"
    ]
    record["metadata"] |= {
        "endpoint_ids": names,
        "tool_ids_used": tools,
        "num_distinct_tools": len(tools),
        "num_turns": len(messages),
    }


def execute_again(record: Record, executor: OfflineExecutor) -> None:
    """Gives every call the output that it has now."""
    session = executor.open(record["conversation_id"], record["metadata"]["seed"])
    outputs = iter([session.execute(call["name"], call["parameters"]) for call in list_calls(record)])
    for message in record["messages"]:
        if message["role"] == "tool":
            message["content"] = json.dumps(next(outputs), ensure_ascii=False, separators=(",", ":"))


def plant_wrong_argument(record: Record, rng: random.Random) -> bool:
    """Another value in the place of one that only the user said."""
    said = [
        argument
        for argument in trace_arguments(Conversation.model_validate(record).messages)
        if {source.kind for source in argument.sources} == {"user"} and argument.path == argument.parameter
    ]
    if not said:
        return False
    argument = rng.choice(said)
    text = json.dumps(record)
    words = [word for word in OTHER_WORDS if word not in text]
    number = argument.value + rng.randint(13, 37) if not isinstance(argument.value, str) else 0
    day = f"{rng.randint(1999, 2010)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}"
    is_day = isinstance(argument.value, str) and argument.value[:2] == "20" and argument.value[4:5] == "-"
    wrong = number if number else day if is_day else rng.choice(words)
    list_calls(record)[argument.step.index]["parameters"][argument.parameter] = wrong
    return True


def plant_hallucinated_id(record: Record, rng: random.Random) -> bool:
    """An id that nobody gave in the place of one that an earlier output holds."""
    grounded = [
        argument
        for argument in trace_arguments(Conversation.model_validate(record).messages)
        if argument.source.kind == "output"
        and isinstance(argument.value, str)
        and looks_like_code(argument.value)
        and argument.path == argument.parameter
    ]
    if not grounded:
        return False
    argument = rng.choice(grounded)
    prefix = argument.value.rstrip("0123456789")
    list_calls(record)[argument.step.index]["parameters"][argument.parameter] = (
        f"{prefix}{rng.randint(100, 999)}0417"
    )
    return True


def plant_unknown_tool(record: Record, rng: random.Random) -> bool:
    """A call of an endpoint, or of a whole tool, that the catalogue does not have."""
    calls = list_calls(record)
    index = rng.randrange(len(calls))
    tool, _, endpoint = calls[index]["name"].partition("::")
    name = f"{tool}::{rng.choice(FOREIGN_TOOLS)}" if rng.random() < 0.5 else f"hyper_{tool}::{endpoint}"
    calls[index]["name"] = name
    outputs = [message for message in record["messages"] if message["role"] == "tool"]
    outputs[index]["name"] = name
    return True


def plant_missing_confirmation(record: Record, rng: random.Random) -> bool:
    """The last answer that follows outputs says nothing."""
    messages = record["messages"]
    answers = [
        place
        for place in range(1, len(messages))
        if messages[place]["role"] == "assistant"
        and not messages[place].get("tool_calls")
        and messages[place - 1]["role"] == "tool"
        and not any(word in messages[place - 1]["content"] for word in ('"error"', "[]"))
    ]
    if not answers:
        return False
    messages[answers[-1]]["content"] = rng.choice(EMPTY_WORDS)
    return True


def plant_repetition(record: Record, rng: random.Random) -> bool:
    """The assistant says a whole earlier message again."""
    spoken = [m for m in record["messages"] if m["role"] == "assistant" and not m.get("tool_calls")]
    long = [i for i, m in enumerate(spoken[:-1]) if len(m["content"].split()) >= 12]
    if not long:
        return False
    first = rng.choice(long)
    again = spoken[rng.randrange(first + 1, len(spoken))]
    again["content"] = f"{again['content']} {spoken[first]['content']}"
    return True


PLANTS: dict[str, Plant] = {
    "wrong_argument": plant_wrong_argument,
    "hallucinated_id": plant_hallucinated_id,
    "unknown_tool": plant_unknown_tool,
    "missing_confirmation": plant_missing_confirmation,
    "repetition": plant_repetition,
}


def plant_all(records: list[Record], kind: str, seed: int, executor: OfflineExecutor) -> Iterator[Record]:
    """Each record with the fault, where it has room for it."""
    name, _, executed = kind.partition(" ")
    for record in records:
        spoiled = copy.deepcopy(record)
        if PLANTS[name](spoiled, random.Random(f"{seed}:{kind}:{record['conversation_id']}")):
            if executed:
                execute_again(spoiled, executor)
            settle(spoiled)
            yield spoiled


def audit(records: list[Record], folder: Path, name: str) -> dict[str, Record]:
    """Conversation id -> judged record."""
    source, target = folder / f"{name}.jsonl", folder / f"{name}.judged.jsonl"
    source.write_bytes(b"".join(map(dump_line, records)))
    evaluate.main(["--input", str(source), "--output", str(target)])
    return {record["conversation_id"]: record for record in read_lines(target)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=200, help="sound conversations to plant into")
    flags = parser.parse_args()
    registry = open_registry(None)
    compiled, executor = CompiledRegistry(registry), OfflineExecutor(registry)
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = [r for r in read_lines(flags.input) if not check_record(r, compiled)][: flags.limit]
        judged = audit(given, folder, "sound")
        sound = [r for r in given if judged[r["conversation_id"]]["judge_scores"]["mean_score"] == 5]
        for number, (kind, target) in enumerate(TARGETS.items()):
            spoiled = list(plant_all(sound, kind, flags.seed, executor))
            lines.append(describe(kind, target, audit(spoiled, folder, f"{number}")))
    print(f"{len(given)} valid conversations, {len(sound)} of them judged 5, 5, 5")
    print("kind | planted | right score fell | another fell | failed gates")
    print("\n".join(lines))


def describe(kind: str, target: str, judged: dict[str, Record]) -> str:
    """One line of the table."""
    scores = [record["judge_scores"] for record in judged.values()]
    figures = (
        len(scores),
        sum(s[target] < 5 for s in scores),
        sum(any(s[other] < 5 for other in SCORES if other != target) for s in scores),
        sum(not s["passed"] for s in scores),
    )
    return " | ".join([kind, *map(str, figures)])


if __name__ == "__main__":
    main()
