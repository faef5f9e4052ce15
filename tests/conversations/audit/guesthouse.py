"""A tiny catalogue of rooms and tables, and sound conversations over it, written by hand."""

import json
from typing import Any

import orjson

from toolworlds.records.catalogues import Endpoint, Parameter, Registry, Span, Tool
from toolworlds.records.conversations import Conversation

Dict = dict[str, Any]


def parameter(name: str, type_name: str = "string", **more: Any) -> Parameter:
    entity, _, aspect = name.rpartition("_")
    given = {"required": True, "description": name, "entity": entity or name, "aspect": aspect or name}
    return Parameter.model_validate(
        {"name": name, "type": type_name, "natural": aspect != "id", **given, **more}
    )


def endpoint(
    endpoint_id: str, category: str, intent: str, parameters: list[Parameter], reply: Dict, **more: Any
) -> Endpoint:
    tool_id, _, name = endpoint_id.partition("::")
    return Endpoint.model_validate(
        {
            "endpoint_id": endpoint_id,
            "tool_id": tool_id,
            "name": name,
            "description": f"{name} of {tool_id}",
            "category": category,
            "intent": intent,
            "method": "GET",
            "parameters": parameters,
            "returns_schema": object_of(reply),
            "returns_fields": list_fields(reply),
            "tags": [],
            **more,
        }
    )


def list_fields(reply: Dict, path: str = "", thing: str = "") -> list[Dict]:
    """The leaves of a reply, with entity and aspect by their names: `room_name`, or `name` in `rooms`."""
    fields = []
    for name, inner in reply.items():
        if isinstance(inner, dict):
            fields += list_fields(inner, f"{path}{name}[].", name.removesuffix("s"))
            continue
        entity, _, aspect = name.rpartition("_")
        described = {"entity": entity or thing or name, "aspect": aspect, "type": inner, "name": name}
        fields.append({"path": f"{path}{name}", **described})
    return fields


def object_of(fields: Dict) -> Dict:
    """A JSON Schema of an object with these fields; a dict within is a list of such objects."""
    described = {
        name: {"type": "array", "items": object_of(inner)} if isinstance(inner, dict) else {"type": inner}
        for name, inner in fields.items()
    }
    return {"type": "object", "properties": described, "required": list(fields)}


ENDPOINTS = [
    endpoint(
        "rooms::book",
        "Travel",
        "create",
        [
            parameter("room_id"),
            parameter("guest_name"),
            parameter("nights", "integer"),
            parameter("breakfast", "boolean", required=False),
        ],
        {"booking_id": "string", "room_name": "string", "total": "number", "status": "string"},
    ),
    endpoint(
        "rooms::cancel",
        "Travel",
        "delete",
        [parameter("booking_id")],
        {"booking_id": "string", "status": "string"},
    ),
    endpoint(
        "rooms::search",
        "Travel",
        "search",
        [
            parameter("city"),
            parameter("arrival_date", required=False),
            parameter("departure_date", required=False),
            parameter("view", enum=["sea", "garden"], required=False),
        ],
        {"rooms": {"room_id": "string", "name": "string", "price": "number"}},
        spans=[Span(start="arrival_date", end="departure_date", apart=True)],
    ),
    endpoint(
        "tables::reserve",
        "Food",
        "create",
        [parameter("city"), parameter("time"), parameter("people", "integer")],
        {"reservation_id": "string", "restaurant": "string", "time": "string"},
    ),
]
REGISTRY = Registry(
    tools=[
        Tool(
            tool_id=tool_id,
            tool_name=tool_id,
            category=category,
            description=tool_id,
            endpoint_ids=[e.endpoint_id for e in ENDPOINTS if e.tool_id == tool_id],
        )
        for tool_id, category in (("rooms", "Travel"), ("tables", "Food"))
    ],
    endpoints=ENDPOINTS,
)


class Talk:
    """A conversation in the making; `record()` keeps everything in step."""

    def __init__(self, number: int, **metadata: Any) -> None:
        self.messages: list[Dict] = []
        self.id = f"conv_7_{number:04}"
        self.metadata = {
            "pattern_type": "search_then_action",
            "sampling_mode": "sequential",
            "domain": "Travel",
            "num_clarification_questions": 0,
            **metadata,
        }

    def user(self, text: str) -> "Talk":
        self.messages.append({"role": "user", "content": text})
        return self

    def says(self, text: str) -> "Talk":
        self.messages.append({"role": "assistant", "content": text})
        return self

    def calls(self, *calls: tuple[str, Dict, Any]) -> "Talk":
        asked = [{"name": name, "parameters": parameters} for name, parameters, _ in calls]
        self.messages.append({"role": "assistant", "content": "", "tool_calls": asked})
        for name, _, output in calls:
            self.messages.append({"role": "tool", "name": name, "content": orjson.dumps(output).decode()})
        return self

    def record(self) -> Dict:
        calls = [call for message in self.messages for call in message.get("tool_calls", ())]
        names = [call["name"] for call in calls]
        tools = list(dict.fromkeys(name.split("::")[0] for name in names))
        outputs = [
            {"name": m["name"], "output": json.loads(m["content"])}
            for m in self.messages
            if m["role"] == "tool"
        ]
        metadata = {
            "conversation_id": self.id,
            "seed": 7,
            "tool_ids_used": tools,
            "num_turns": len(self.messages),
            "corpus_memory_enabled": True,
            "endpoint_ids": names,
            "num_tool_calls": len(calls),
            "num_distinct_tools": len(tools),
            **self.metadata,
        }
        return {
            "conversation_id": self.id,
            "messages": self.messages,
            "tool_calls": calls,
            "tool_outputs": outputs,
            "judge_scores": None,
            "passed": None,
            "metadata": metadata,
        }

    def conversation(self) -> Conversation:
        return Conversation.model_validate(self.record())


FOUND = {
    "rooms": [
        {"room_id": "RM-301", "name": "Lantern Room", "price": 92.5},
        {"room_id": "RM-415", "name": "Harbour Loft", "price": 140.0},
    ]
}
BOOKED = {"booking_id": "BK-88120", "room_name": "Harbour Loft", "total": 420.0, "status": "confirmed"}
CANCELLED = {"booking_id": "BK-88120", "status": "cancelled"}
TABLE = {"reservation_id": "TB-5531", "restaurant": "Casa Moura", "time": "19:30"}


def book_a_room(number: int = 1) -> Talk:
    """Search, then book; the assistant asks for what is missing."""
    return (
        Talk(number, memory_grounding_rate=1.0, num_clarification_questions=1)
        .user("I need a room with a view of the sea, please.")
        .says("Gladly. In which city, and from which day?")
        .user("In Porto, from 14 May.")
        .calls(("rooms::search", {"city": "Porto", "view": "sea", "arrival_date": "2026-05-14"}, FOUND))
        .says("There is the Lantern Room at 92.50 a night and the Harbour Loft at 140.")
        .user("The loft, three nights, with breakfast. My name is Ines Duarte.")
        .calls(
            (
                "rooms::book",
                {"room_id": "RM-415", "guest_name": "Ines Duarte", "nights": 3, "breakfast": True},
                BOOKED,
            )
        )
        .says("The Harbour Loft is yours for three nights, 420 in all. Your reference is BK-88120.")
    )


def book_and_cancel(number: int = 2) -> Talk:
    """The last call takes an id that the second one returned."""
    return (
        Talk(number, memory_grounding_rate=1.0)
        .user("Find me a place to stay in Porto and book the Harbour Loft for 3 nights for Ines Duarte.")
        .calls(("rooms::search", {"city": "Porto"}, FOUND))
        .calls(("rooms::book", {"room_id": "RM-415", "guest_name": "Ines Duarte", "nights": 3}, BOOKED))
        .says("Booked: the Harbour Loft for 420, reference BK-88120.")
        .user("Sorry, my plans have changed. Please cancel that again.")
        .calls(("rooms::cancel", {"booking_id": "BK-88120"}, CANCELLED))
        .says("The booking BK-88120 is cancelled.")
    )


def both_at_once(number: int = 3) -> Talk:
    """Two calls that share a message."""
    parallel = {"pattern_type": "parallel", "sampling_mode": "parallel", "memory_grounding_rate": 0.0}
    return (
        Talk(number, **parallel)
        .user("I am in Porto tonight: which rooms are there, and can I eat at 19:30 with four people?")
        .calls(
            ("rooms::search", {"city": "Porto"}, FOUND),
            ("tables::reserve", {"city": "Porto", "time": "19:30", "people": 4}, TABLE),
        )
        .says(
            "The Lantern Room and the Harbour Loft are free, and Casa Moura expects you at half past seven."
        )
    )


def faulty_booking() -> Talk:
    """`book_a_room` with an invented id and without a confirmation."""
    talk = book_a_room()
    talk.messages[7]["tool_calls"][0]["parameters"]["room_id"] = "RM-999"
    talk.messages[9]["content"] = "Okay."
    return talk


SOUND = (book_a_room, book_and_cancel, both_at_once)
