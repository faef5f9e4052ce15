"""A small world in which each archetype has one tool, with a state written out by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from toolworlds.models.embedded.archetypes.any import AnyOperation
from toolworlds.models.embedded.archetypes.compile import CompiledTool, compile_tool
from toolworlds.models.embedded.catalogue import CatalogueLoader
from toolworlds.models.embedded.entities import Domain, EntityType
from toolworlds.models.embedded.schemas import world_schema
from toolworlds.records.base import Entity, Json
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.world.environment import Environment, check_environment
from toolworlds.world.gate import admit
from toolworlds.world.starlark import StarlarkWorker
from toolworlds.world.transaction import commit


def _id(prefix: str, number: int) -> str:
    return f"{prefix}_{number:08x}"


def _entities(prefix: str, *rows: Entity) -> list[Entity]:
    return [{"id": _id(prefix, number), **row} for number, row in enumerate(rows, start=1)]


def _task(title: str, skill: str, hours: int, status: str, helper: int | None) -> Entity:
    return {
        "status": status,
        "title": title,
        "skill": skill,
        "hours": hours,
        "urgency": "low",
        "due_on": "2026-03-20",
        "moved": 0,
        "machine_id": None,
        "helper_id": helper and _id("hlp", helper),
        "done_at": None,
    }


def _booking(machine: int, member: int, starts_at: str, hours: int, price: float) -> Entity:
    return {
        "status": "booked",
        "machine_id": _id("mac", machine),
        "member_id": _id("mem", member),
        "starts_at": starts_at,
        "hours": hours,
        "price": price,
        "made_at": "2026-03-01T10:00:00",
        "cancel_reason": None,
    }


def _shelf(code: str, material: str, sheets: int, kept: int) -> Entity:
    return {
        "code": code,
        "material": material,
        "sheets": sheets,
        "kept": kept,
        "note": "",
        "counted_on": "2026-03-01",
    }


def _helper(
    name: str, skill: str, most: int, tasks_open: int, hours_given: int, status: str = "here"
) -> Entity:
    return {
        "status": status,
        "name": name,
        "skill": skill,
        "most": most,
        "hours_most": 6,
        "tasks_open": tasks_open,
        "hours_given": hours_given,
    }


def _invoice(member: int, due: float, asked: float) -> Entity:
    empty = dict.fromkeys(("granted", "first_id", "second_id"))
    return {"status": "open", "member_id": _id("mem", member), "due": due, "asked": asked, **empty}


STATE = WorldState(
    now="2026-03-10T09:00:00",
    collections={
        "members": _entities(
            "mem",
            {"name": "Ada", "credit": 100, "limit": 80},
            {"name": "Bo", "credit": 12.5, "limit": 20},
            {"name": "Cy", "credit": 0, "limit": 80},
        ),
        "machines": _entities(
            "mac",
            {"status": "ready", "name": "Laser", "hourly_rate": 12.5},
            {"status": "repair", "name": "Mill", "hourly_rate": 20},
            {"status": "ready", "name": "Saw", "hourly_rate": 8},
        ),
        "bookings": _entities(
            "bok",
            _booking(1, 1, "2026-03-12T10:00:00", 2, 25),
            _booking(1, 2, "2026-03-12T14:00:00", 2, 25),
            _booking(1, 1, "2026-03-11T10:00:00", 1, 12.5),
            _booking(1, 1, "2026-03-10T12:00:00", 1, 12.5),
        ),
        "shelves": _entities(
            "shf", _shelf("S-01", "oak", 40, 5), _shelf("S-02", "oak", 70, 0), _shelf("S-03", "steel", 10, 0)
        ),
        "movements": [],
        "helpers": _entities(
            "hlp",
            _helper("Di", "wood", 2, 1, 2),
            _helper("Ed", "metal", 1, 1, 3),
            _helper("Flo", "wood", 1, 0, 0, "away"),
            _helper("Gus", "wood", 2, 1, 4),
        ),
        "tasks": _entities(
            "tsk",
            _task("Oil", "wood", 2, "given", 1),
            _task("Sweep", "metal", 3, "given", 2),
            _task("Sort", "wood", 3, "open", None),
            _task("Paint", "metal", 1, "open", None),
            _task("Glue", "wood", 4, "given", 4),
        ),
        "invoices": _entities(
            "inv",
            _invoice(1, 60, 60),
            _invoice(2, 30, 5),
        ),
    },
)


@dataclass(frozen=True)
class Outcome:
    """What a call did."""

    reply: ToolReply
    state: WorldState

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def error(self) -> str:
        return str(self.reply.reply["error"])

    def __getitem__(self, key: str) -> Json:
        return self.reply.reply[key]

    def entity(self, collection: str, number: int) -> Entity:
        return self.state.collections[collection][number - 1]


Call = Callable[..., Outcome]
"""call(tool, from_state=None, **arguments)"""


@pytest.fixture(scope="session")
def makerspace() -> tuple[Domain, dict[str, CompiledTool]]:
    text = Path(__file__).with_name("makerspace.yml").read_text(encoding="utf-8")
    parts = yaml.load(text, Loader=CatalogueLoader)
    domain = Domain(TypeAdapter(dict[str, EntityType]).validate_python(parts["entities"]))
    operations = TypeAdapter(list[AnyOperation]).validate_python(parts["operations"])
    compiled = [compile_tool(domain, operation) for operation in operations]
    return domain, {tool.spec.tool_name: tool for tool in compiled}


@pytest.fixture(scope="session")
def call(makerspace: tuple[Domain, dict[str, CompiledTool]], worker: StarlarkWorker) -> Call:
    domain, tools = makerspace
    specs, twins = [tool.spec for tool in tools.values()], {name: tool.twin for name, tool in tools.items()}
    schema = world_schema(domain)
    assert check_environment(schema, STATE, specs, twins, worker) == []
    env = Environment(schema, specs, twins, worker)

    def carry_out(tool: str, from_state: WorldState = STATE, **arguments: Json) -> Outcome:
        admitted = admit(env, ToolCall(name=tool, arguments=arguments))
        if isinstance(admitted, ToolReply):
            return Outcome(admitted, from_state)
        proposal = env.run_twin(from_state, tool, admitted)
        after, reply = commit(env, from_state, env.tools[tool], admitted, proposal, "model")
        return Outcome(reply, after)

    return carry_out
