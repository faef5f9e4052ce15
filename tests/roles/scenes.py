"""One realistic call of every role and part, on the bike workshop of `tests/golden/workshop.json`."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from conversations.cards import show_messages, show_tools
from roles.base import Role
from roles.cards import function_schema, show_schema, show_tool
from roles.conversation_judge import ConversationJudge, ConversationVerdict
from roles.conversation_repairer import ConversationRepairer, Edits, Rewrite
from roles.conversation_writer import ConversationWriter, Wording
from roles.env_generator import (
    EnvGenerator,
    Idea,
    Metadata,
    Scenarios,
    SequenceDrafts,
    Subfields,
    ToolDraft,
    ToolDrafts,
    WorldDraft,
)
from roles.env_simulator import EnvSimulator
from roles.json_actions import Action
from roles.judge_simulator import AnswerVerdict, JudgeSimulator
from roles.sample_writer import PlanDraft, SampleWriter, TaskDraft, TaskOrder, Workplace
from roles.task_evolver import TaskEvolver, TurnDraft
from roles.task_judge import TaskJudge, TaskVerdict
from roles.task_solver import SolverCall, TaskSolver
from roles.task_summarizer import TaskSummarizer, TaskSummary
from roles.tool_simulator import AuditCalls, ImaginedReply, ToolSimulator
from roles.trajectory_judge import TrajectoryJudge, TrajectoryVerdict
from tests.conversations.audit.guesthouse import ENDPOINTS, faulty_booking
from toolworlds.records.completions import Model
from toolworlds.records.tasks import Certificate, Fact, NextTurn, Row, Sequence, Task, Turn
from toolworlds.records.tools import CallInWorld, EnvSpec, Proposal, RecordedCall, ToolCall, ToolReply
from utils import read_json

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
ITEM = "bicycle_trade_spec_001"
SPEC = EnvSpec.model_validate(read_json(GOLDEN / "workshop.json"))
STATE = SPEC.initial_state
TOOLS = {tool.tool_name: tool for tool in SPEC.tools}
SUBFIELD = Idea(
    name=SPEC.subfield, description="Bikes are repaired; jobs, spare parts and customers are recorded."
)
SCENARIO = Idea(name="Workshop Front Desk", description=SPEC.scenario)
WORLD = WorldDraft(
    policy=SPEC.policy, now=STATE.now, world_schema=SPEC.world_schema, collections=STATE.collections
)
SEQUENCE = Sequence(
    sequence_id="seq1",
    tools=["search_parts", "reserve_part", "get_job"],
    purpose="A customer wants a part put aside for a job and to know the new price.",
)


def _turn(request: str, name: str, arguments: dict[str, Any], reply: Any, **more: Any) -> Turn:
    delta = more.pop("delta", [])
    recorded = RecordedCall(
        name=name, arguments=arguments, status=200, reply=reply, delta=delta, source="model"
    )
    call = ToolCall(name=name, arguments=arguments)
    return Turn.model_validate({"request": request, "call": call, "recorded": recorded, **more})


SEARCHED = _turn(
    "What is the cheapest spare part you carry for mountain bikes, and what does one piece cost?",
    "search_parts",
    {"fits": "mountain"},
    {
        "total": 2,
        "parts": [
            {"id": "pt_1", "name": "Brake pads, resin", "unit_price": 14.9, "stock": 6, "reserved": 2},
            {"id": "pt_3", "name": "Chain, 12 speed", "unit_price": 41.25, "stock": 3, "reserved": 0},
        ],
    },
    facts=[
        Fact(name="unit_price", type="number", value=14.9, call=0, path=["parts", 0, "unit_price"]),
    ],
)
RESERVED = _turn(
    "Put two of those aside for job jb_12, please. What does the job come to then?",
    "reserve_part",
    {"job_id": "jb_12", "part_id": "pt_1", "quantity": 2},
    {"job_price": 129.8, "free": 2},
    delta=[
        {"update": "jobs", "id": "jb_12", "set": {"price": 129.8}},
        {"increment": "parts", "id": "pt_1", "field": "reserved", "by": 2},
    ],
    facts=[Fact(name="job_price", type="number", value=129.8, call=1, path=["job_price"])],
)
TURNS = [SEARCHED, RESERVED]
FACTS = [fact for turn in TURNS for fact in turn.facts]
SUMMARY = (
    "Luis Ferreira here. For my job jb_12 please put aside two pieces of the cheapest part you have for "
    "mountain bikes. Tell me what one piece costs and what the whole job comes to then."
)
TASK = Task(
    task_id=f"{ITEM}_seq1",
    spec_id=ITEM,
    sequence=SEQUENCE,
    kept_tools=list(TOOLS),
    status="grown",
    initial_state=STATE,
    final_state=STATE,
    turns=TURNS,
    provenance={},
)
ROW = Row(
    id=TASK.task_id,
    field=SPEC.field,
    summary=SUMMARY,
    tools=SPEC.tools,
    gt_tool_calls=[
        "search_parts(fits='mountain')",
        "reserve_part(job_id='jb_12', part_id='pt_1', quantity=2)",
    ],
    initial_state=STATE,
    final_state=STATE,
    env_id=ITEM,
    now=STATE.now,
    policy=SPEC.policy,
    turns=[{"request": turn.request, "calls": [i]} for i, turn in enumerate(TURNS)],
    gt_calls=[turn.call for turn in TURNS],
    recorded_calls=[turn.recorded for turn in TURNS],
    expected_answer=FACTS,
    world_schema=SPEC.world_schema,
    certificate=Certificate(
        replay="cold",
        passed=True,
        state_changes=True,
        facts=2,
        trivial_policies={},
        mutants={},
        equivalents={},
        argument_sources=[],
    ),
    difficulty={},
    provenance={},
)
FUNCTIONS = [function_schema(tool) for tool in SPEC.tools]
TRANSCRIPT: list[dict[str, Any]] = [
    {"role": "system", "content": "…"},
    {"role": "user", "content": SUMMARY},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            {
                "id": "call_2",
                "type": "function",
                "function": {"name": "search_parts", "arguments": '{"fits":"mountain"}'},
            }
        ],
    },
    {
        "role": "tool",
        "tool_call_id": "call_2",
        "content": '{"total":2,"parts":[{"id":"pt_1","unit_price":14.9}]}',
    },
    {
        "role": "assistant",
        "content": 'Done.\n{"outcome":"done","reason":null,"answer":{"unit_price":14.9,"job_price":129.8}}',
    },
]

LOOSE_TOOLS: list[dict[str, Any]] = [
    {
        "server": "weather",
        "tool": "get_forecast",
        "description": "The forecast of a place for one day.",
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}, "day": {"type": "string", "format": "date"}},
            "required": ["place", "day"],
            "additionalProperties": False,
        },
        "output": {
            "type": "object",
            "properties": {"low": {"type": "number"}, "high": {"type": "number"}, "sky": {"type": "string"}},
        },
    },
    {"server": "chat", "tool": "send_message"},
]
WORKSHOP_TOOLS = [{"server": ITEM, "tool": tool.tool_name} | show_tool(tool) for tool in SPEC.tools]
WORKPLACE = Workplace(
    WORKSHOP_TOOLS, SPEC.policy, STATE.now, show_schema(SPEC.world_schema), STATE.collections, SPEC
)


def call_in_world(tool: str, arguments: dict[str, Any], *collections: str) -> CallInWorld:
    view = {name: STATE.collections[name] for name in collections}
    return CallInWorld(TOOLS[tool], arguments, SPEC.world_schema, view, STATE.now)


def draft_tool_of(name: str) -> ToolDraft:
    """A tool of the workshop as it was before its documentation."""
    tool = TOOLS[name].to_json()
    return ToolDraft.model_validate({key: tool[key] for key in ToolDraft.model_fields})


async def _draft_action(model: Model) -> object:
    solver = TaskSolver(model, 7, json_actions=True)
    return await solver.trajectory(ITEM, solver.open_episode(ROW, FUNCTIONS), FUNCTIONS)


async def _draft_step(model: Model) -> object:
    solver = TaskSolver(model, 7)
    return await solver.trajectory(ITEM, solver.open_episode(ROW, FUNCTIONS), FUNCTIONS)


TALK = faulty_booking()
TALK_MESSAGES = show_messages(TALK.conversation().messages)
ROOM_TOOLS = show_tools(["rooms::book"], {endpoint.endpoint_id: endpoint for endpoint in ENDPOINTS})
TALK_PROBLEMS = [
    "message 7, tool_correctness: room_id RM-999 stands in no earlier output",
    "message 9, task_completion: the booking is not confirmed",
]

Play = Callable[[Model], Coroutine[Any, Any, object]]

ROLES: list[type[Role]] = [
    EnvGenerator,
    EnvSimulator,
    ToolSimulator,
    JudgeSimulator,
    TaskEvolver,
    TaskSolver,
    TaskJudge,
    TaskSummarizer,
    TrajectoryJudge,
    ConversationJudge,
    ConversationRepairer,
    ConversationWriter,
    SampleWriter,
]

SCENES: dict[str, tuple[type[BaseModel] | None, Play]] = {
    "env_generator.subfields": (
        Subfields,
        lambda model: EnvGenerator(model, 7).subfields(ITEM, SPEC.field, 4),
    ),
    "env_generator.tasks": (
        Scenarios,
        lambda model: EnvGenerator(model, 7).tasks(ITEM, SPEC.field, SUBFIELD, 2),
    ),
    "env_generator.world": (
        WorldDraft,
        lambda model: EnvGenerator(model, 7).world(ITEM, SPEC.field, SUBFIELD, SCENARIO),
    ),
    "env_generator.tools": (
        ToolDrafts,
        lambda model: EnvGenerator(model, 7).tools(ITEM, SCENARIO, WORLD, 5, 8),
    ),
    "env_generator.metadata": (
        Metadata,
        lambda model: EnvGenerator(model, 7).metadata(ITEM, WORLD, draft_tool_of("reserve_part")),
    ),
    "env_generator.sequences": (
        SequenceDrafts,
        lambda model: EnvGenerator(model, 7).sequences(ITEM, SPEC, 6, 2, 4),
    ),
    "env_simulator.simulate": (
        Proposal,
        lambda model: EnvSimulator(model, 7).simulate(
            ITEM,
            call_in_world(
                "book_job",
                {"customer_id": "cu_01", "bike": "Kalkhoff Endeavour", "hours": 2.5, "due": "2026-05-13"},
                "customers",
                "jobs",
            ),
        ),
    ),
    "tool_simulator.simulate": (
        Proposal,
        lambda model: ToolSimulator(model, 7).simulate(
            ITEM, call_in_world("search_parts", {"fits": "mountain", "page": 1, "page_size": 5}, "parts")
        ),
    ),
    "tool_simulator.test_calls": (
        AuditCalls,
        lambda model: ToolSimulator(model, 7).test_calls(
            ITEM, SPEC, TOOLS["search_parts"], "pinned_reply", 3
        ),
    ),
    "tool_simulator.imagine": (
        ImaginedReply,
        lambda model: ToolSimulator(model, 7).imagine(
            ITEM,
            TOOLS["reserve_part"].to_json(),
            {"job_id": "jb_12", "part_id": "pt_1", "quantity": 2},
            STATE.collections,
            [{"name": "search_parts", "arguments": {"fits": "mountain"}, "reply": SEARCHED.recorded.reply}],
        ),
    ),
    "judge_simulator.judge": (
        AnswerVerdict,
        lambda model: JudgeSimulator(model, 7).judge(
            ITEM,
            call_in_world(
                "reserve_part", {"job_id": "jb_12", "part_id": "pt_2", "quantity": 1}, "jobs", "parts"
            ),
            ToolReply(status=409, reply={"error": "not enough pieces are free"}, source="model"),
            "rule_violation",
        ),
    ),
    "task_evolver.t0": (
        TurnDraft,
        lambda model: TaskEvolver(model, 7).write_turn(
            ITEM, NextTurn(SPEC, SEQUENCE, STATE, addable=tuple(STATE.collections))
        ),
    ),
    "task_evolver.t1": (
        TurnDraft,
        lambda model: TaskEvolver(model, 7).write_turn(
            ITEM, NextTurn(SPEC, SEQUENCE, STATE, (SEARCHED,), addable=("customers", "jobs"))
        ),
    ),
    "task_solver.gen": (
        SolverCall,
        lambda model: TaskSolver(model, 7).gen(ITEM, SPEC, STATE.now, [SEARCHED], RESERVED.request),
    ),
    "task_solver.trajectory": (None, _draft_step),
    "task_solver.action": (Action, _draft_action),
    "task_judge.gen": (
        TaskVerdict,
        lambda model: TaskJudge(model, 7).gen(ITEM, SPEC, STATE.now, [SEARCHED], RESERVED),
    ),
    "task_judge.eval": (TaskVerdict, lambda model: TaskJudge(model, 7).eval(ITEM, SPEC, TASK, SUMMARY)),
    "task_summarizer.summarize": (
        TaskSummary,
        lambda model: TaskSummarizer(model, 7).summarize(ITEM, TURNS, FACTS, STATE.now, SPEC.policy),
    ),
    "sample_writer.task": (
        TaskDraft,
        lambda model: SampleWriter(model, 7).task(
            ITEM,
            Workplace(LOOSE_TOOLS),
            TaskOrder("office-communication", "simple", 2, 3, 3, "weather.get_forecast"),
        ),
    ),
    "sample_writer.plan": (
        PlanDraft,
        lambda model: SampleWriter(model, 7).plan(ITEM, WORKPLACE, SUMMARY, 6),
    ),
    "trajectory_judge.judge": (
        TrajectoryVerdict,
        lambda model: TrajectoryJudge(model, 7).judge(ITEM, ROW, TRANSCRIPT),
    ),
    "conversation_judge.judge": (
        ConversationVerdict,
        lambda model: ConversationJudge(model, 7).judge(TALK.id, ROOM_TOOLS, TALK_MESSAGES),
    ),
    "conversation_repairer.surgical": (
        Edits,
        lambda model: ConversationRepairer(model, 7).surgical(
            TALK.id, ROOM_TOOLS, TALK_MESSAGES, TALK_PROBLEMS, "tool_correctness"
        ),
    ),
    "conversation_repairer.rewrite": (
        Rewrite,
        lambda model: ConversationRepairer(model, 7).rewrite(
            TALK.id, ROOM_TOOLS, TALK_MESSAGES, TALK_PROBLEMS
        ),
    ),
    "conversation_writer.word": (
        Wording,
        lambda model: ConversationWriter(model, 7).word(TALK.id, TALK_MESSAGES, "casual, short"),
    ),
}
"""prompt name -> the type its examples parse as (None: it asks for no JSON reply) and one call of it."""
