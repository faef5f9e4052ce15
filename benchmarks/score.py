"""What the reward says of right and wrong variants of released rows, how fast, and who answers agents' calls.

    python -m pipeline.run --config benchmarks/score.yml --output-dir /tmp/score --model procedural:noisy=0.5
    python benchmarks/score.py --dataset /tmp/score/task_content.jsonl --rollouts /tmp/score/trajectories

Variants are those of the certificate: the ground truth, nothing done, every mutant that ends differently, and
equivalents; each is scored from the row's JSON line, plain objects of calls and the text of a last message.
A call is off the path when the ground truth does not make it. With --samples (what `dataset_export.run
--format skyrl` wrote), 50 episodes each are played through SkyRL-Gym, 16 at once.
"""

import argparse
import asyncio
import gc
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from toolworlds.batch.dataset import load_rows  # noqa: E402 - the line above makes it importable
from toolworlds.records.base import Json  # noqa: E402
from toolworlds.records.tasks import Row  # noqa: E402
from toolworlds.records.tools import ToolCall, ToolReply  # noqa: E402
from toolworlds.records.trajectories import Score, Trajectory  # noqa: E402
from toolworlds.records.worlds import WorldState  # noqa: E402
from toolworlds.sessions.open_rows import share_worker  # noqa: E402
from toolworlds.sessions.score import is_rl_ready, score  # noqa: E402
from toolworlds.sessions.session import Session  # noqa: E402
from toolworlds.tokens.call_format import write_message  # noqa: E402
from toolworlds.world.answers import FinalAnswer  # noqa: E402
from toolworlds.world.environment import Environment  # noqa: E402
from toolworlds.world.equivalents import try_equivalents  # noqa: E402
from toolworlds.world.mutants import try_mutants  # noqa: E402
from toolworlds.world.provenance import trace_arguments  # noqa: E402
from toolworlds.world.rehearsal import Rehearsal, VariantRun, VariantStep  # noqa: E402
from toolworlds.world.replay import TwinExecutor, UnansweredCall, replay  # noqa: E402
from toolworlds.world.starlark import StarlarkWorker  # noqa: E402
from utils import dump_line, list_stems, read_json  # noqa: E402


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to go about a row, and the reward it deserves."""

    kind: str
    calls: list[dict[str, Json]]
    message: str
    reward: float


class Overheard:
    """Carries out calls and remembers them."""

    def __init__(self, execute: TwinExecutor) -> None:
        self.calls: list[ToolCall] = []
        self._execute = execute

    async def __call__(self, state: WorldState, call: ToolCall) -> tuple[WorldState, ToolReply]:
        self.calls.append(call)
        return await self._execute(state, call)


@dataclass(frozen=True, slots=True)
class Listening(Rehearsal):
    """A rehearsal that keeps each variant it judges as calls and a message."""

    overheard: Overheard
    kind: str
    kept: list[int] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)

    async def run(self, kept: int, steps: list[VariantStep]) -> VariantRun:  # type: ignore[override] # lists are what callers give
        self.overheard.calls.clear()
        self.kept[:] = [kept]
        return await Rehearsal.run(self, kept, steps)

    def conclude(self, answer: dict[str, Json]) -> FinalAnswer:
        final = Rehearsal.conclude(self, answer)
        told = {"outcome": final.outcome, "reason": final.reason, "answer": final.answer}
        self.messages[:] = [f"Here it is.\n{dump_line(told).decode()}"]
        return final

    def judge(self, run: VariantRun) -> Score:
        verdict = Rehearsal.judge(self, run)
        calls = [*self.row.gt_calls[: self.kept[0]], *self.overheard.calls]
        deserves = self.kind == "equivalent" or self.is_same(run)
        if self.kind == "equivalent" or not deserves:
            plain = [call.to_json() for call in calls]
            self.variants.append(Variant(self.kind, plain, self.messages[0], float(deserves)))
        return verdict


async def list_variants(row: Row, worker: StarlarkWorker) -> list[Variant]:
    """Every variant of the row; neutral mutants, which are no mistakes, are left out."""
    overheard = Overheard(TwinExecutor(Environment(row.world_schema, row.tools, row.twins, worker)))
    replayed = await replay(row.initial_state, row.gt_calls, overheard)
    provenance = trace_arguments(row, replayed)
    listen = partial(Listening, row, replayed, provenance.links, overheard, overheard)
    truth = listen("oracle")
    truth.conclude({fact.name: fact.value for fact in row.expected_answer})
    oracle = Variant("oracle", [call.to_json() for call in row.gt_calls], truth.messages[0], 1.0)
    mutants, equivalents = listen("mutant"), listen("equivalent")
    await try_mutants(mutants, provenance.prose, random.Random(f"0:{row.id}"), None)
    await try_equivalents(equivalents)
    return [oracle, Variant("nothing", [], "", 0.0), *mutants.variants, *equivalents.variants]


def check_variants(rows: list[Row]) -> list[tuple[bytes, list[Variant]]]:
    """Scores every variant of every row; prints what was right and how fast it went."""
    with StarlarkWorker() as worker:
        lines = [(dump_line(row.to_json()), asyncio.run(list_variants(row, worker))) for row in rows]
    pairs = [(line, variant) for line, variants in lines for variant in variants]
    verdicts: Counter[tuple[str, float, float | None]] = Counter()

    def score_all() -> None:
        for line, variant in pairs:
            reward = score(line, variant.calls, variant.message)["reward"]
            verdicts[variant.kind, variant.reward, reward] += 1

    measure(f"all {len(pairs)} variants of {len(rows)} rows", len(pairs), score_all)
    for (kind, deserved, given), count in sorted(verdicts.items(), key=str):
        mark = "" if deserved == given else "   WRONG"
        print(f"  {kind:11} deserves {deserved:g}, gets {given}: {count}{mark}")
    return lines


def check_rollouts(rows: dict[str, Row], folder: Path, drop_twins: bool) -> None:
    """Scores an agent's rollouts; prints who answers its calls, and whether stage 5 gave the same rewards."""
    answered: Counter[tuple[str, str]] = Counter()
    episodes: Counter[str] = Counter()
    for stem in sorted(list_stems(folder)):
        trajectory = Trajectory.model_validate(read_json(folder / f"{stem}.json"))
        if trajectory.task_id not in rows:
            continue
        row = rows[trajectory.task_id]
        session = Session(without_a_twin(row) if drop_twins else row)
        path = [call.to_json() for call in row.gt_calls]
        for call in trajectory.calls:
            asked = {"name": call.name, "arguments": call.arguments}
            place = "on the path" if asked in path else "off the path"
            try:
                answered[place, session.step(asked).source] += 1
            except UnansweredCall:
                answered[place, "nobody"] += 1
                break
        finished = trajectory.stop_reason == "finished"
        reward = session.score(trajectory.final_message if finished else None)
        episodes["valid" if reward["valid"] else "invalid"] += 1
        episodes["as stage 5 says" if reward["reward"] == trajectory.reward else "other"] += reward["valid"]
    twins = "one twin a row taken away" if drop_twins else "all twins"
    print(f"rollouts, {twins}: {dict(sorted(episodes.items()))}")
    for place in ("on the path", "off the path"):
        counts = {who: count for (where, who), count in sorted(answered.items()) if where == place}
        known = sum(counts.values()) - counts.get("nobody", 0)
        print(f"  calls {place}: {known / sum(counts.values()):.1%} answered by code, {counts}")


def without_a_twin(row: Row) -> Row:
    """The row as if a model had simulated one of its tools: recorded answers instead of that twin."""
    missing = random.Random(f"0:{row.id}").choice(sorted(row.twins))
    return row.model_copy(
        update={
            "twins": {name: twin for name, twin in row.twins.items() if name != missing},
            "recorded_calls": [
                call.model_copy(update={"source": "model"}) if call.name == missing else call
                for call in row.recorded_calls
            ],
        }
    )


def play_samples(path: Path, count: int = 50, at_once: int = 16) -> None:
    """Plays exported samples through SkyRL-Gym; prints the rewards of oracles and of those who do nothing."""
    import pyarrow.parquet
    import skyrl_gym

    from dataset_export.environments.skyrl_gym import register_environment

    register_environment()
    samples = pyarrow.parquet.read_table(path).slice(0, count).to_pylist()

    def play(sample: dict[str, Json], oracle: bool) -> float:
        row = Row.model_validate_json(sample["reward_spec"]["ground_truth"])
        extras = {name: value for name, value in sample.items() if name not in ("prompt", "env_class")}
        env = skyrl_gym.make(sample["env_class"], env_config={}, extras=extras)
        env.init(sample["prompt"])
        for call in row.gt_calls if oracle else []:
            assert not env.step(write_message("", [call]))["done"]
        answer = {fact.name: fact.value for fact in row.expected_answer} if oracle else {}
        told = {"outcome": row.expected_outcome, "reason": row.expected_reason, "answer": answer}
        return float(env.step(f"Done.\n{dump_line(told).decode()}")["reward"])

    with ThreadPoolExecutor(at_once) as pool:
        for name, oracle in (("oracle", True), ("nothing", False)):
            rewards = Counter(pool.map(partial(play, oracle=oracle), samples))
            print(f"SkyRL-Gym, {len(samples)} episodes, {at_once} at once, {name}: rewards {dict(rewards)}")


def measure(what: str, count: int, work: Callable[[], None]) -> None:
    """Prints the pace by the clock and by processor time, the Starlark worker's included."""
    share_worker().close()
    gc.collect()
    gc.freeze()  # what stands in memory is this benchmark's, not a trainer's
    began, spent, children = time.monotonic(), time.process_time(), read_children()
    work()
    own = time.process_time() - spent
    share_worker().close()
    theirs, wall = read_children() - children, time.monotonic() - began
    print(f"{what}: {count / wall:.0f} a second by the clock, {count / (own + theirs):.0f} of processor time")
    print(f"  {own:.1f} s in the process, {theirs:.1f} s in its worker, {wall:.1f} s by the clock")


def read_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--rollouts", type=Path)
    parser.add_argument("--samples", type=Path, metavar="PARQUET")
    parser.add_argument("--limit", type=int, default=1000)
    args = parser.parse_args()
    rows = [row for row in load_rows(args.dataset) if isinstance(row, Row) and is_rl_ready(row)][: args.limit]
    lines = check_variants(rows)
    oracles = [(line, variants[0]) for line, variants in lines]

    def score_oracles() -> None:
        for line, oracle in oracles:
            score(line, oracle.calls, oracle.message)

    if args.samples:
        play_samples(args.samples)
    if args.rollouts:
        for drop_twins in (False, True):
            check_rollouts({row.id: row for row in rows}, args.rollouts, drop_twins)
    measure(f"the ground truth of {len(oracles)} rows, each opened for it", len(oracles), score_oracles)


if __name__ == "__main__":
    main()
