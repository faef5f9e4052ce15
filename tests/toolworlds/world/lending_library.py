"""A lending library with seven tools, all with twins, and rows drafted from calls on it."""

import asyncio
from collections.abc import Sequence

from toolworlds.records.base import Json
from toolworlds.records.tasks import Fact, RowDraft
from toolworlds.records.tools import Footprint, RecordedCall, ToolCall, ToolSpec, Twin
from toolworlds.records.worlds import CollectionSpec, Invariant, StatusMachine, WorldSchema, WorldState
from toolworlds.world.environment import Environment
from toolworlds.world.json_paths import read_path
from toolworlds.world.replay import Execute, TwinExecutor, replay
from toolworlds.world.starlark import StarlarkWorker, make_twin

TEXT: Json = {"type": "string"}
NOW = "2026-03-10T09:00:00"


def _entity(**fields: Json) -> Json:
    return {"type": "object", "additionalProperties": False, "required": [*fields], "properties": fields}


SCHEMA = WorldSchema(
    collections={
        "members": CollectionSpec(
            description="Who borrows.",
            id_prefix="mb",
            entity_schema=_entity(id=TEXT, name=TEXT, town=TEXT, fees={"type": "number", "minimum": 0}),
            label="name",
        ),
        "books": CollectionSpec(
            description="What is lent.",
            id_prefix="bk",
            entity_schema=_entity(
                id=TEXT,
                title=TEXT,
                author=TEXT,
                shelf={"type": "integer"},
                copies={"type": "integer"},
                lent={"type": "integer", "minimum": 0},
            ),
            invariants=[Invariant(predicate="lent <= copies", message="no more is lent than there is")],
            label="title",
        ),
        "loans": CollectionSpec(
            description="Who has which book until when.",
            id_prefix="ln",
            entity_schema=_entity(
                id=TEXT,
                book_id=TEXT,
                member_id=TEXT,
                due={"type": "string", "format": "date"},
                status={"enum": ["open", "returned"]},
                note={"type": ["string", "null"]},
            ),
            references={"book_id": "books", "member_id": "members"},
            status=StatusMachine(
                field="status", initial=["open"], transitions={"open": ["returned"], "returned": []}
            ),
            free_text=["note"],
        ),
    }
)


def make_state() -> WorldState:
    """Four members, five books, four loans on a Tuesday morning."""
    members = [
        ("mb_01", "Ines Falk", "Harbour", 4.5),
        ("mb_02", "Tom Arden", "Harbour", 0),
        ("mb_03", "Ruth Okafor", "Mill", 12.25),
        ("mb_04", "Tom Ardennes", "Mill", 0),
    ]
    books = [
        ("bk_01", "Salt Roads", "M. Quill", 3, 3, 1),
        ("bk_02", "The Glass Orchard", "P. Venn", 3, 2, 2),
        ("bk_03", "Small Engines", "A. Dray", 7, 4, 1),
        ("bk_04", "Winter Bees", "M. Quill", 9, 1, 0),
        ("bk_05", "Small Engines II", "A. Dray", 7, 2, 0),
    ]
    loans = [
        ("ln_01", "bk_01", "mb_01", "2026-03-14", "open", None),
        ("ln_02", "bk_02", "mb_03", "2026-03-12", "open", "for the school"),
        ("ln_03", "bk_02", "mb_01", "2026-03-20", "open", None),
        ("ln_04", "bk_03", "mb_02", "2026-04-02", "open", None),
    ]
    fields = {
        "members": ("id", "name", "town", "fees"),
        "books": ("id", "title", "author", "shelf", "copies", "lent"),
        "loans": ("id", "book_id", "member_id", "due", "status", "note"),
    }
    rows: dict[str, Sequence[tuple[Json, ...]]] = {"members": members, "books": books, "loans": loans}
    return WorldState(
        now=NOW,
        collections={
            name: [dict(zip(fields[name], row, strict=True)) for row in found] for name, found in rows.items()
        },
    )


def _tool(
    tool_name: str, reads: list[str], writes: list[str], optional: dict[str, Json], **required: Json
) -> ToolSpec:
    return ToolSpec(
        tool_name=tool_name,
        tool_description=f"{tool_name} of the library",
        parameters={
            "type": "object",
            "additionalProperties": False,
            "required": [*required],
            "properties": {**required, **optional},
        },
        effect="write" if writes else "read",
        footprint=Footprint(reads=reads, writes=writes),
    )


DAY: Json = {"type": "string", "format": "date"}
TOOLS = [
    _tool("find_books", ["books"], [], {"author": TEXT, "shelf": {"type": "integer"}}),
    _tool("find_member", ["members"], [], {}, name=TEXT),
    _tool("list_loans", ["loans", "books"], [], {}, member_id=TEXT),
    _tool("lend_book", [], ["loans", "books"], {"note": TEXT}, book_id=TEXT, member_id=TEXT, due=DAY),
    _tool("extend_loan", [], ["loans"], {}, loan_id=TEXT, due=DAY),
    _tool("pay_fees", [], ["members"], {}, member_id=TEXT, amount={"type": "number", "exclusiveMinimum": 0}),
    _tool("annotate_loan", [], ["loans"], {}, loan_id=TEXT, note=TEXT),
]

_SOURCES = {
    "find_books": """
    def fits(book):
        return args["author"] in (None, book["author"]) and args["shelf"] in (None, book["shelf"])
    def show(book):
        return {"id": book["id"], "title": book["title"], "free": book["copies"] - book["lent"]}
    return ok({"books": [show(book) for book in world["books"] if fits(book)]})
""",
    "find_member": """
    member = find(world, "members", args["name"], field="name")
    if member == None:
        return refuse(404, "no member of that name")
    return ok({"member_id": member["id"], "name": member["name"], "fees": member["fees"]})
""",
    "list_loans": """
    def show(loan):
        book = find(world, "books", loan["book_id"])
        return {"loan_id": loan["id"], "title": book["title"], "due": loan["due"]}
    loans = [l for l in world["loans"] if l["member_id"] == args["member_id"] and l["status"] == "open"]
    return ok({"loans": [show(loan) for loan in loans]})
""",
    "lend_book": """
    book = find(world, "books", args["book_id"])
    if book == None or find(world, "members", args["member_id"]) == None:
        return refuse(404, "no such book or member")
    if book["lent"] >= book["copies"]:
        return refuse(409, "all copies are lent")
    loan = {name: args[name] for name in ["book_id", "member_id", "due", "note"]}
    loan["status"] = "open"
    return ok({"loan_id": {"$new": "loans"}, "due": args["due"]}, [
        {"insert": "loans", "values": loan},
        {"increment": "books", "id": book["id"], "field": "lent", "by": 1},
    ])
""",
    "extend_loan": """
    loan = find(world, "loans", args["loan_id"])
    if loan == None:
        return refuse(404, "no such loan")
    if args["due"] <= loan["due"]:
        return refuse(409, "the new day is not later")
    return ok({"loan_id": loan["id"], "due": args["due"]}, [
        {"update": "loans", "id": loan["id"], "set": {"due": args["due"]}},
    ])
""",
    "pay_fees": """
    member = find(world, "members", args["member_id"])
    if member == None:
        return refuse(404, "no such member")
    if args["amount"] > member["fees"]:
        return refuse(409, "that is more than is owed")
    return ok({"left": {"$entity": ["members", member["id"], "fees"]}}, [
        {"increment": "members", "id": member["id"], "field": "fees", "by": -args["amount"]},
    ])
""",
    "annotate_loan": """
    if find(world, "loans", args["loan_id"]) == None:
        return refuse(404, "no such loan")
    return ok({"loan_id": args["loan_id"]}, [
        {"update": "loans", "id": args["loan_id"], "set": {"note": args["note"]}},
    ])
""",
}
TWINS: dict[str, Twin] = {
    name: make_twin(f"def run(world, args, now):{body}") for name, body in _SOURCES.items()
}


def open_library(worker: StarlarkWorker) -> TwinExecutor:
    """Carries out calls on the library."""
    return TwinExecutor(Environment(SCHEMA, TOOLS, TWINS, worker))


def draft_row(
    execute: Execute,
    request: str,
    calls: Sequence[tuple[str, dict[str, Json]]],
    facts: Sequence[tuple[str, Json, int, list[str | int]]] = (),
) -> RowDraft:
    """A row whose ground truth is these calls as they go; facts are (name, type, call, path)."""
    state = make_state()
    asked = [ToolCall(name=name, arguments=arguments) for name, arguments in calls]
    replayed = asyncio.run(replay(state, asked, execute))
    return RowDraft(
        id="library_001_seq1",
        field="Libraries",
        summary=request,
        tools=TOOLS,
        gt_tool_calls=[],
        initial_state=state,
        final_state=replayed.states[-1],
        env_id="library_001",
        now=NOW,
        policy="",
        turns=[],
        gt_calls=asked,
        recorded_calls=[
            RecordedCall(**dict(call), **dict(reply))
            for call, reply in zip(asked, replayed.replies, strict=True)
        ],
        expected_answer=[
            Fact(
                name=name,
                type=kind,
                value=read_path(replayed.replies[call].reply, path),
                call=call,
                path=path,
            )
            for name, kind, call, path in facts
        ],
        world_schema=SCHEMA,
        twins=TWINS,
        difficulty={},
        provenance={},
    )


def lend_and_pay(execute: TwinExecutor) -> RowDraft:
    """The row that most tests look at: four calls, two of them writes, two facts."""
    return draft_row(
        execute,
        "Ines Falk wants to take Winter Bees home until the 31st of March, and pays €2.50 of her fees. "
        "What does she still owe, and how many copies of Salt Roads by M. Quill are there to borrow?",
        [
            ("find_member", {"name": "Ines Falk"}),
            ("find_books", {"author": "M. Quill"}),
            ("lend_book", {"book_id": "bk_04", "member_id": "mb_01", "due": "2026-03-31"}),
            ("pay_fees", {"member_id": "mb_01", "amount": 2.5}),
        ],
        [("fees_left", "number", 3, ["left"]), ("free_copies", "integer", 1, ["books", 0, "free"])],
    )
