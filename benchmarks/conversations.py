"""Figures of conversation generation at --n 1,000, what its memory is worth on five seeds, and its pace.

python benchmarks/conversations.py [--n 1000] [--sizes 1000 5000 20000] [--jobs 2]
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from conversations.audit.checks import check_file
from conversations.audit.features import read_features
from conversations.audit.measures import measure
from conversations.audit.store import read_conversations
from conversations.audit.truth import CompiledRegistry
from conversations.generation.generation import ConversationSettings, open_catalogue, plan_conversations
from conversations.generation.memory import CorpusMemory
from conversations.steps import TracedArgument, read_steps, trace_arguments
from toolworlds.catalogue.sampler import ChainSampler
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Chain
from toolworlds.records.conversations import Conversation

ROOT = Path(__file__).resolve().parent.parent
SEEDS = (1, 2, 3, 4, 5)
MODES = ("sequential", "multi_tool", "clarification_first", "parallel", "short")
NAMES = frozenset({"placeholder", "internal_name", "unheard_code"})
TYPES = frozenset({"argument_type", "argument_enum", "missing_argument", "unknown_argument", "unknown_tool"})


@dataclass(frozen=True)
class Run:
    path: Path
    seconds: float
    cpu: float
    megabytes: int
    lines: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 5000, 20_000])
    parser.add_argument("--jobs", type=int, default=2)
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        mixed = generate(work / "mixed.jsonl", flags.n, jobs=flags.jobs)
        report_corpus(mixed, flags.n)
        other = generate(work / "other.jsonl", flags.n, jobs=1, hash_seed="77")
        print(f"identical under another PYTHONHASHSEED and in one process: {digest(mixed) == digest(other)}")
        report_modes(work)
        report_memory(work, flags.n)
        report_pace(work, flags.sizes, flags.jobs)


def generate(path: Path, count: int, *more: str, jobs: int = 2, seed: int = 42, hash_seed: str = "1") -> Run:
    line = [sys.executable, "-m", "conversations", "generate", "--n", str(count), "--seed", str(seed)]
    line += ["--output", str(path), "--jobs", str(jobs), *more]
    start = time.perf_counter()
    process = subprocess.Popen(
        line, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(line)} failed")
    seconds = time.perf_counter() - start
    with path.open("rb") as file:
        lines = sum(1 for _ in file)
    return Run(path, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, lines)


def digest(run: Run) -> str:
    return hashlib.sha256(run.path.read_bytes()).hexdigest()


def plan(count: int) -> list[Chain]:
    """The chains of the same run, drawn again."""
    catalogue = open_catalogue(None)
    settings = ConversationSettings(None, 42, "mixed", remembers=True)
    return [made.chain for made in plan_conversations(settings, catalogue, CorpusMemory(), 1, count)]


def report_corpus(run: Run, count: int) -> None:
    catalogue = open_catalogue(None)
    conversations = list(read_conversations(run.path))
    checks = CompiledRegistry(catalogue.registry)
    kinds: Counter[str] = Counter(
        p.kind for checked in check_file(run.path, checks) for p in checked.problems
    )
    measures = measure(list(read_features(conversations)))
    mocks = sum(len(c.metadata.mock_arguments or []) for c in conversations)
    print(f"asked {count}, written {run.lines}")
    print(f"problems that conversations validate finds: {dict(kinds) or 'none'}")
    print(f"ids from earlier results: {measures['ids_from_outputs']:.1%}; made up and marked: {mocks}")
    print(f"distinct (endpoint, arguments) among calls: {measures['distinct_calls']:.1%}")
    print(f"planner text or internal names: {sum(kinds[k] for k in NAMES)}")
    print(f"type errors: {sum(kinds[k] for k in TYPES)}; contradictions: {kinds['entity_name']}")
    again, differing = compare_values(conversations)
    print(f"values of a thing that come again: {again}, of which differ: {differing}")
    report_flow(conversations)
    sampler = ChainSampler(catalogue.registry, catalogue.graph)
    crossing = sum(sampler.crosses_unrelated(chain) for chain in plan(count))
    print(f"planned chains across unrelated domains: {crossing / count:.1%}")
    report_crossings(conversations, sampler)
    print(f"distinct first four words of the opening: {measures['distinct_openings']:.0f}")
    asking = [c for c in conversations if c.metadata.num_clarification_questions]
    missing = sum(asks_for_what_is_missing(c) for c in asking)
    print(
        f"clarification asked: {len(asking) / count:.1%}, for a missing value in {missing} of {len(asking)}"
    )


def compare_values(conversations: Sequence[Conversation]) -> tuple[int, int]:
    """Values of things with an id that stand in several outputs of one conversation, and how many differ.

    Statuses and balances may change, and so may what an update names as new.
    """
    again = differing = 0
    for conversation in conversations:
        seen: dict[tuple[str, Json, str], Json] = {}
        for output in conversation.tool_outputs:
            for kind, identity, thing in list_things(output.output):
                for name, value in thing.items():
                    if (
                        isinstance(value, list | dict)
                        or name in ("status", "balance")
                        or name.startswith("new_")
                    ):
                        continue
                    known = (kind, identity, name) in seen
                    again += known
                    differing += known and seen[kind, identity, name] != value
                    seen[kind, identity, name] = value
    return again, differing


def list_things(value: Json) -> Iterator[tuple[str, Json, dict[str, Json]]]:
    """(kind of id, id, thing) of every object with an id; the first id is its own."""
    if isinstance(value, list):
        for member in value:
            yield from list_things(member)
    elif isinstance(value, dict):
        key = next((name for name in value if name.endswith("_id")), None)
        if key:
            yield key, value[key], value
        for member in value.values():
            yield from list_things(member)


def report_flow(conversations: Sequence[Conversation]) -> None:
    """Conversations of several endpoints in which nothing flows, and those of them planned that way."""
    several = [c for c in conversations if len(set(c.metadata.endpoint_ids)) > 1]
    flowless = [c for c in several if not any(s.kind == "output" for a in trace(c) for s in a.sources)]
    planned = dict(zip(ids(conversations), plan(len(conversations)), strict=True))
    independent = sum(not planned[c.conversation_id].mappings for c in flowless)
    print(f"no value flows between any two calls: {len(flowless)} of {len(several)} with several endpoints,")
    print(f"  of which planned as independent: {independent}")


def report_crossings(conversations: Sequence[Conversation], sampler: ChainSampler) -> None:
    """Conversations as held that bring unrelated domains together, and those whose calls hang together."""
    crossing = []
    for conversation in conversations:
        domains = {sampler.endpoints[name].category for name in conversation.metadata.endpoint_ids}
        if not all(sampler.links.are_related(*pair) for pair in combinations(sorted(domains), 2)):
            crossing.append(conversation)
    linked = sum(hangs_together(conversation) for conversation in crossing)
    share = len(crossing) / len(conversations)
    print(f"held across unrelated domains: {share:.1%}; linked by values: {linked} of {len(crossing)}")


def hangs_together(conversation: Conversation) -> bool:
    """Whether values join all calls: one goes from a call to another, or the user asks both for the same."""
    groups = {step: {step} for step in range(len(conversation.tool_calls))}
    first: dict[Json, int] = {}
    for argument in trace(conversation):
        joined = [s.step for s in argument.sources if s.kind == "output" and s.step is not None]
        if isinstance(argument.value, str):
            joined.append(first.setdefault(argument.value, argument.step.index))
        for step in joined:
            groups[argument.step.index] |= groups[step]
            groups |= dict.fromkeys(groups[argument.step.index], groups[argument.step.index])
    return len(groups[0]) == len(groups)


def ids(conversations: Sequence[Conversation]) -> list[str]:
    return [conversation.conversation_id for conversation in conversations]


def trace(conversation: Conversation) -> list[TracedArgument]:
    return trace_arguments(conversation.messages)


def asks_for_what_is_missing(conversation: Conversation) -> bool:
    """Whether some argument of a call after a question has no source without the answer to it."""
    messages = conversation.messages
    for place, (before, message) in enumerate(pairwise(messages), start=1):
        asks = message.role == "assistant" and not message.tool_calls and "?" in message.content
        if not asks or before.role != "user":
            continue
        unanswered = [*messages[:place], *messages[place + 2 :]]
        done = sum(step.asked_in < place for step in read_steps(messages))
        if any(a.step.index >= done and a.source.kind == "nobody" for a in trace_arguments(unanswered)):
            return True
    return False


def report_modes(work: Path) -> None:
    for mode in MODES:
        run = generate(work / f"{mode}.jsonl", 100, "--mode", mode)
        made = list(read_conversations(run.path))
        kept = {
            "sequential": lambda c: c.metadata.num_tool_calls > 1,
            "multi_tool": lambda c: c.metadata.num_distinct_tools > 1,
            "clarification_first": lambda c: not c.messages[1].tool_calls and "?" in c.messages[1].content,
            "parallel": lambda c: any(len(m.tool_calls or []) > 1 for m in c.messages),
            "short": lambda c: len(set(c.metadata.endpoint_ids)) <= 2,
        }[mode]
        print(f"--mode {mode}: {sum(map(kept, made))} of {len(made)} are what it says")


def report_memory(work: Path, count: int) -> None:
    for name, more in (("off", ["--no-corpus-memory"]), ("on", [])):
        (work / name).mkdir()
        for seed in SEEDS:
            generate(work / name / f"{seed}.jsonl", count, *more, seed=seed)
    line = [
        sys.executable,
        "-m",
        "conversations",
        "metrics",
        "--compare",
        str(work / "off"),
        str(work / "on"),
    ]
    shown = subprocess.run(line, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    rows = [row for row in shown.splitlines() if "measure" in row or "entropy" in row or "jaccard" in row]
    print("memory off (A) and on (B), five seeds:", *rows, sep="\n")


def report_pace(work: Path, sizes: Sequence[int], jobs: int) -> None:
    for count in sizes:
        run = generate(work / f"pace_{count}.jsonl", count, jobs=jobs)
        seconds = f"{run.seconds:.1f} s, {run.cpu:.1f} s of CPU"
        print(f"{count}: {seconds}, {count / run.seconds:.0f} a second; largest process {run.megabytes} MB")
        features = list(read_features(read_conversations(run.path)))
        measures = measure(features)
        chains, near = measures["distinct_chains"], measures["near_duplicates"]
        print(f"  chains that differ {chains:.1%}, near-duplicates {near:.2%}")


if __name__ == "__main__":
    main()
