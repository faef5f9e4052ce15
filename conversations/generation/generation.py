"""A run: chains are planned one after the other, since each plan looks at those before it.

Conversations are then held from their plans alone, by any number of processes, and come back in order.
"""

import random
import signal
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from conversations.execution.offline import OfflineExecutor
from conversations.generation.assistant import StuckError
from conversations.generation.checks import find_problems
from conversations.generation.dialogue import hold_conversation
from conversations.generation.memory import CorpusMemory
from conversations.generation.state import Facts
from toolworlds.catalogue.artifacts import SEED_TOOLS, Catalogue, build_catalogue, load_catalogue
from toolworlds.catalogue.constraints import Constraints
from toolworlds.catalogue.sampler import AnyMode, ChainSampler, NoChain
from toolworlds.records.catalogues import Chain
from toolworlds.records.conversations import Conversation
from utils import UserError, dump_line

CHUNK = 64
AHEAD = 4
"""Chunks per process that are planned before their turn."""
LIMITS = Constraints()
ATTEMPTS = 40
"""Chains tried for one conversation before it is given up."""


@dataclass(frozen=True, slots=True)
class ConversationSettings:
    """What a run's conversations depend on."""

    artifacts: Path | None
    seed: int
    mode: AnyMode
    remembers: bool


@dataclass(frozen=True, slots=True)
class ConversationPlan:
    """One conversation to be held."""

    number: int
    """From 1."""
    chain: Chain


@dataclass(frozen=True, slots=True)
class Held:
    """One conversation, or why there is none."""

    line: bytes
    domain: str
    pattern: str
    problem: str = ""
    kind: str = "stuck"
    """Of the problem; `bug` for an exception."""


def open_catalogue(artifacts: Path | None) -> Catalogue:
    """An artifacts folder's catalogue, or the one that is shipped."""
    return load_catalogue(artifacts) if artifacts else build_catalogue(SEED_TOOLS).catalogue


def name_conversation(seed: int, number: int) -> str:
    """`conv_42_0001`."""
    return f"conv_{seed}_{number:04}"


def plan_conversations(
    settings: ConversationSettings, catalogue: Catalogue, memory: CorpusMemory | None, first: int, last: int
) -> Iterator[ConversationPlan]:
    """Plans from `first` to `last`; earlier ones are planned too, since the memory must know them."""
    sampler = ChainSampler(catalogue.registry, catalogue.graph)
    for number in range(1 if memory else first, last + 1):
        rng = random.Random(f"{settings.seed}:{number}:plan")
        if memory is None:
            chain = sampler.sample(settings.mode, rng, LIMITS)
        else:
            chain = memory.plan(sampler, settings.mode, rng, LIMITS)
        if number >= first:
            yield ConversationPlan(number, chain)


class Holder:
    """One process's means of holding conversations."""

    def __init__(self, settings: ConversationSettings, catalogue: Catalogue) -> None:
        self._settings = settings
        self._executor = OfflineExecutor(catalogue.registry)
        self._sampler = ChainSampler(catalogue.registry, catalogue.graph)

    def hold(self, plan: ConversationPlan) -> Held:
        """The plan's conversation; whatever goes wrong with it is told of, and the others are held."""
        try:
            return self._hold_some(plan)
        except UserError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug costs one conversation, not the run
            problem = f"{type(error).__name__}: {error}"
            return Held(b"", plan.chain.domain, plan.chain.pattern_type, problem, "bug")

    def _hold_some(self, plan: ConversationPlan) -> Held:
        """The plan's conversation; over another chain of its mode where the planned one leads nowhere."""
        problem, chain = "", plan.chain
        for attempt in range(ATTEMPTS):
            rng = random.Random(f"{self._settings.seed}:{plan.number}:{attempt}")
            try:
                if attempt:
                    chain = self._sampler.sample(plan.chain.sampling_mode, rng, LIMITS)
                conversation = self._hold_once(plan.number, chain, rng)
            except (StuckError, NoChain) as error:
                problem = str(error)
                continue
            problems = find_problems(conversation)
            if not problems:
                return Held(dump_line(conversation.to_json()), chain.domain, chain.pattern_type)
            problem = problems[0]
        name = name_conversation(self._settings.seed, plan.number)
        return Held(b"", chain.domain, chain.pattern_type, f"{name} leads nowhere: {problem}")

    def _hold_once(self, number: int, chain: Chain, rng: random.Random) -> Conversation:
        settings = self._settings
        facts = Facts(
            conversation_id=name_conversation(settings.seed, number),
            seed=settings.seed,
            corpus_memory_enabled=settings.remembers,
            pattern_type=chain.pattern_type,
            sampling_mode=chain.sampling_mode,
            domain=chain.domain,
        )
        return hold_conversation(chain, facts, self._executor, rng)


def hold_all(
    settings: ConversationSettings, catalogue: Catalogue, plans: Iterator[ConversationPlan], jobs: int
) -> Iterator[Held]:
    """All conversations in the order of their plans; the same for any number of processes."""
    if jobs == 1:
        yield from map(Holder(settings, catalogue).hold, plans)
        return
    with get_context("spawn").Pool(jobs, _start, (settings,)) as pool:
        chunks = _cut(plans)
        waiting = deque(pool.apply_async(_hold_chunk, (chunk,)) for chunk in islice(chunks, AHEAD * jobs))
        while waiting:
            done = waiting.popleft().get()
            if chunk := next(chunks, None):
                waiting.append(pool.apply_async(_hold_chunk, (chunk,)))
            yield from done


def _cut(plans: Iterator[ConversationPlan]) -> Iterator[list[ConversationPlan]]:
    while chunk := list(islice(plans, CHUNK)):
        yield chunk


_holder: Holder


def _start(settings: ConversationSettings) -> None:
    global _holder
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the main process's to handle
    _holder = Holder(settings, open_catalogue(settings.artifacts))


def _hold_chunk(plans: list[ConversationPlan]) -> list[Held]:
    return [_holder.hold(plan) for plan in plans]
