"""A rehearsal house: studios that bands book on account. Small enough to know by heart."""

from toolworlds.records.base import Entity, Json
from toolworlds.records.tools import Footprint, ToolSpec, UsageRule
from toolworlds.records.worlds import CollectionSpec, Invariant, StatusMachine, WorldSchema, WorldState
from toolworlds.world.starlark import make_twin

STUDIOS = CollectionSpec(
    description="Rooms to rehearse in.",
    id_prefix="st",
    entity_schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "name", "level", "seats", "rate", "status"],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "level": {"type": "integer"},
            "seats": {"type": "integer", "minimum": 1},
            "rate": {"type": "number", "minimum": 0},
            "status": {"enum": ["open", "shut", "repair"]},
            "gear": {"type": "array", "items": {"type": "string"}},
        },
    },
    status=StatusMachine(
        field="status",
        initial=["open"],
        transitions={"open": ["shut", "repair"], "shut": ["open"], "repair": ["open"]},
    ),
    label="name",
)

BANDS = CollectionSpec(
    description="Who books.",
    id_prefix="bd",
    entity_schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "name", "credit", "plan"],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "credit": {"type": "number"},
            "plan": {"enum": ["basic", "patron"]},
        },
    },
    invariants=[Invariant(predicate="credit >= 0", message="a band's credit never falls below zero")],
    label="name",
)

SESSIONS = CollectionSpec(
    description="A studio booked by a band.",
    id_prefix="se",
    entity_schema={
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "studio_id", "band_id", "start", "hours", "players", "price", "status"],
        "properties": {
            "id": {"type": "string"},
            "studio_id": {"type": "string"},
            "band_id": {"type": "string"},
            "start": {"type": "string"},
            "hours": {"type": "integer", "minimum": 1},
            "players": {"type": "integer", "minimum": 1},
            "price": {"type": "number"},
            "status": {"enum": ["booked", "dropped"]},
            "note": {"type": ["string", "null"]},
        },
    },
    references={"studio_id": "studios", "band_id": "bands"},
    invariants=[Invariant(predicate="hours <= 8", message="a session lasts at most 8 hours")],
    status=StatusMachine(
        field="status", initial=["booked"], transitions={"booked": ["dropped"], "dropped": []}
    ),
    free_text=["note"],
)

SCHEMA = WorldSchema(collections={"studios": STUDIOS, "bands": BANDS, "sessions": SESSIONS})


def make_state() -> WorldState:
    """Five studios, three bands, four sessions."""
    return WorldState(
        now="2026-05-04T08:30:00",
        collections={
            "bands": [
                {"id": "bd_01", "name": "Salt Ferry", "credit": 640.0, "plan": "patron"},
                {"id": "bd_02", "name": "The Low Tides", "credit": 41.3, "plan": "basic"},
                {"id": "bd_03", "name": "Otter Street", "credit": 220.0, "plan": "basic"},
            ],
            "sessions": [
                _session("se_01", "st_01", "bd_01", "2026-05-06T18:00:00", 3, 5, 96.0, "booked"),
                _session("se_02", "st_02", "bd_02", "2026-05-06T10:00:00", 2, 3, 36.0, "booked"),
                _session("se_03", "st_05", "bd_01", "2026-05-09T14:00:00", 4, 9, 190.0, "booked"),
                _session("se_04", "st_01", "bd_03", "2026-05-07T09:00:00", 1, 2, 32.0, "dropped"),
            ],
            "studios": [
                {"id": "st_01", "name": "Cellar", "level": 0, "seats": 6, "rate": 32.0, "status": "open"},
                {"id": "st_02", "name": "Attic", "level": 3, "seats": 4, "rate": 18.0, "status": "open"},
                {"id": "st_03", "name": "Hall", "level": 1, "seats": 30, "rate": 75.0, "status": "repair"},
                {"id": "st_04", "name": "Annex", "level": 1, "seats": 8, "rate": 25.5, "status": "open"},
                {"id": "st_05", "name": "Loft", "level": 1, "seats": 12, "rate": 47.5, "status": "open"},
            ],
        },
    )


def _session(*values: Json) -> Entity:
    fields = ("id", "studio_id", "band_id", "start", "hours", "players", "price", "status")
    return dict(zip(fields, values, strict=True))


def make_tool(
    name: str, required: dict[str, Json], optional: dict[str, Json], reads: list[str], writes: list[str]
) -> ToolSpec:
    """A tool whose arguments have these schemas."""
    return ToolSpec(
        tool_name=name,
        tool_description=f"{name} of the rehearsal house",
        parameters={
            "type": "object",
            "additionalProperties": False,
            "required": list(required),
            "properties": {**required, **optional},
        },
        effect="write" if writes else "read",
        footprint=Footprint(reads=reads, writes=writes),
    )


TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer", "minimum": 1}
AMOUNT: Json = {"type": "number", "exclusiveMinimum": 0}

BOOK = make_tool(
    "book_studio",
    {"studio_id": TEXT, "band_id": TEXT, "start": TEXT, "hours": COUNT, "players": COUNT},
    {},
    ["studios"],
    ["sessions", "bands"],
).model_copy(
    update={
        "usage": [UsageRule(rule="a session begins on the hour", precondition='start.endswith(":00:00")')]
    }
)

TOOLS = [
    make_tool(
        "find_studios",
        {"seats": COUNT},
        {
            "level": {"type": "integer"},
            "max_rate": AMOUNT,
            "page": {**COUNT, "default": 1},
            "page_size": {**COUNT, "default": 2},
        },
        ["studios"],
        [],
    ),
    BOOK,
    make_tool("drop_session", {"session_id": TEXT}, {}, [], ["sessions", "bands"]),
    make_tool("sum_up_band", {"band_id": TEXT}, {}, ["bands", "sessions"], []),
    make_tool("shut_level", {"level": {"type": "integer"}, "reason": TEXT}, {}, [], ["studios"]),
    make_tool("move_credit", {"giver": TEXT, "taker": TEXT, "amount": AMOUNT}, {}, [], ["bands"]),
    make_tool("remove_band", {"band_id": TEXT}, {}, ["sessions"], ["bands"]),
]

TWINS = {
    "book_studio": make_twin("""
def run(world, args, now):
    studio = find(world, "studios", args["studio_id"])
    band = find(world, "bands", args["band_id"])
    if studio == None or band == None:
        return refuse(404, "no such studio or band")
    if studio["status"] != "open":
        return refuse(409, "the studio is not open")
    begin = minutes(args["start"])
    end = begin + 60 * args["hours"]
    for other in world["sessions"]:
        if other["studio_id"] == studio["id"] and other["status"] == "booked":
            taken = minutes(other["start"])
            if begin < taken + 60 * other["hours"] and taken < end:
                return refuse(409, "the studio is taken at that time")
    price = round_to(args["hours"] * studio["rate"] * (0.85 if band["plan"] == "patron" else 1), 2)
    if band["credit"] < price:
        return refuse(409, "the band's credit is below the price")
    session = {"price": price, "status": "booked"}
    for name in ["studio_id", "band_id", "start", "hours", "players"]:
        session[name] = args[name]
    return ok(
        {
            "session_id": {"$new": "sessions"},
            "price": price,
            "credit": {"$entity": ["bands", band["id"], "credit"]},
        },
        [
            {"insert": "sessions", "values": session},
            {"increment": "bands", "id": band["id"], "field": "credit", "by": -price},
        ],
    )
"""),
    "sum_up_band": make_twin("""
def run(world, args, now):
    band = find(world, "bands", args["band_id"])
    if band == None:
        return refuse(404, "no such band")
    booked = [s for s in world["sessions"] if s["band_id"] == band["id"] and s["status"] == "booked"]
    return ok({
        "name": band["name"],
        "sessions": len(booked),
        "spent": total([s["price"] for s in booked]),
        "next": min([s["start"] for s in booked]) if booked else None,
    })
"""),
}
