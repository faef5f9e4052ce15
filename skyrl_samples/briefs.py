"""What each sample is to be about: domain, complexity, tools on offer, and the one to build it around."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from roles.cards import show_schema
from roles.sample_writer import Workplace
from skyrl_samples.inventory import Inventory, InventoryTool
from toolworlds.records.base import Entity
from toolworlds.records.samples import Complexity
from toolworlds.records.tools import EnvSpec, Footprint
from toolworlds.world.interface import close_footprint
from utils import UserError

DOMAINS = (
    "equities-research",
    "macro-analysis",
    "news-synthesis",
    "devops-automation",
    "knowledge-base-update",
)
STEPS: dict[Complexity, tuple[int, int]] = {"simple": (2, 3), "moderate": (4, 6), "complex": (7, 16)}
"""Steps of a plan, by complexity."""
MOST_OFFERED = 15
"""Tools that the writer of a task sees, and that its system text offers."""
RECORDS_BUDGET = 24_000
"""Tokens of records in a prompt, counted as four characters each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run's samples are to be like."""

    domains: Sequence[str]
    """Empty: an environment's own subfield, else `DOMAINS`."""
    complexities: Sequence[Complexity]
    max_tools: int
    """Different tools in one plan, at most."""
    max_turns: int
    """Messages of an attempt, at most; a plan has at least one step less."""

    def steps(self, complexity: Complexity) -> tuple[int, int]:
        """How many steps such a plan has. Raises UserError where the turns do not suffice."""
        least, most = STEPS[complexity]
        if least >= self.max_turns:
            raise UserError(
                f"--max-turns {self.max_turns} leaves no room for {complexity} tasks, which have {least} "
                "steps and an answer; raise it, or leave them out of --complexities"
            )
        return least, min(most, self.max_turns - 1)


@dataclass(frozen=True, slots=True)
class Brief:
    """What one sample is to be about."""

    task_id: str
    domain: str
    complexity: Complexity
    steps: tuple[int, int]
    inventory: Inventory
    offered: list[InventoryTool]
    """In the inventory's order."""
    anchor: str


def write_brief(number: int, task_id: str, inventory: Inventory, settings: Settings, seed: int) -> Brief:
    """The brief of the `number`-th sample, from 0: domains and complexities in turns, every pair in time."""
    rng = random.Random(f"{seed}:{task_id}")
    domains = settings.domains or ([inventory.env.subfield] if inventory.env else DOMAINS)
    rounds = number // math.lcm(len(domains), len(settings.complexities))
    complexity = settings.complexities[(number + rounds) % len(settings.complexities)]
    offered = choose_tools(inventory, rng)
    return Brief(
        task_id=task_id,
        domain=domains[number % len(domains)],
        complexity=complexity,
        steps=settings.steps(complexity),
        inventory=inventory,
        offered=offered,
        anchor=rng.choice(offered).fqn,
    )


def choose_tools(inventory: Inventory, rng: random.Random) -> list[InventoryTool]:
    """All tools of the inventory, or as many as a prompt should hold, in its order."""
    tools = list(inventory.tools.values())
    places = rng.sample(range(len(tools)), min(MOST_OFFERED, len(tools)))
    return [tools[place] for place in sorted(places)]


def describe_workplace(inventory: Inventory, offered: Sequence[InventoryTool]) -> Workplace:
    """The tools, and the world they act on, as prompts show them."""
    cards = [tool.as_card() for tool in offered]
    spec = inventory.env
    if spec is None:
        return Workplace(cards)
    seen = list_collections(spec, offered)
    return Workplace(
        cards,
        spec.policy,
        spec.initial_state.now,
        show_schema(spec.world_schema, seen),
        fit_records({name: spec.initial_state.collections[name] for name in seen}, RECORDS_BUDGET),
        spec,
    )


def list_collections(spec: EnvSpec, offered: Sequence[InventoryTool]) -> list[str]:
    """The collections that the offered tools can look at or change, and those that these refer to."""
    footprints = [tool.spec.footprint for tool in offered if tool.spec is not None]
    touched = Footprint(
        reads=[name for footprint in footprints for name in footprint.reads],
        writes=[name for footprint in footprints for name in footprint.writes],
    )
    seen = close_footprint(spec.world_schema, touched).reads
    return [name for name in spec.world_schema.collections if name in seen]


def fit_records(collections: dict[str, list[Entity]], budget: int) -> dict[str, list[Entity]]:
    """The records, with fewer of the larger collections where they would not fit."""
    most = max((len(entities) for entities in collections.values()), default=0)
    while most > 1 and len(orjson.dumps(cut := _cut(collections, most))) > 4 * budget:
        most = most * 3 // 4
    return cut if most > 1 else _cut(collections, 1)


def _cut(collections: dict[str, list[Entity]], most: int) -> dict[str, list[Entity]]:
    return {name: entities[:most] for name, entities in collections.items()}
