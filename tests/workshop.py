"""A model that knows one environment by heart: the bike workshop of `tests/golden/workshop.json`.

It plays what stages 1 to 3a ask. Tests make it misbehave by replacing the answer of one role.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from roles.env_generator import ToolDraft
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Request
from toolworlds.records.tools import EnvSpec
from toolworlds.world.starlark import make_twin
from utils import read_json

SPEC = EnvSpec.model_validate(read_json(Path(__file__).parent / "golden" / "workshop.json"))
TOOLS = {tool.tool_name: tool.to_json() for tool in SPEC.tools}

GET_JOB = """
def run(world, args, now):
    job = find(world, "jobs", args["job_id"])
    if job == None:
        return refuse(404, "no such job")
    return ok({"job": job, "customer": find(world, "customers", job["customer_id"])["name"]})
"""
TWINNED = SPEC.model_copy(update={"twins": {"get_job": make_twin(GET_JOB)}})
"""The workshop with a twin for one of its tools."""

PROPOSALS: dict[str, Json] = {
    "search_parts": {
        "status": 200,
        "delta": [],
        "reply": {
            "parts": {"$each": "parts", "where": [["fits", "=", {"$arg": "fits"}]], "sort": "unit_price"}
        },
    },
    "get_job": {
        "status": 200,
        "delta": [],
        "reply": {
            "job": {
                key: {"$entity": ["jobs", {"$arg": "job_id"}, key]}
                for key in SPEC.world_schema.collections["jobs"].entity_schema["properties"]
            },
            "customer": {
                "$entity": [
                    "customers",
                    {"$entity": ["jobs", {"$arg": "job_id"}, "customer_id"]},
                    "name",
                ]
            },
        },
    },
    "cancel_job": {
        "status": 200,
        "delta": [{"update": "jobs", "id": {"$arg": "job_id"}, "set": {"status": "cancelled"}}],
        "reply": {"status": "cancelled"},
    },
}
"""How the model simulates successful calls of three tools."""

NO_SUCH = {"status": 404, "delta": [], "reply": {"error": "no such thing"}}

CALLS: dict[str, dict[str, Json]] = {
    "search_parts": {"happy_path": {"fits": "mountain"}, "pinned_reply": {"fits": "mountain"}},
    "get_job": {
        "happy_path": {"job_id": "jb_12"},
        "pinned_reply": {"job_id": "jb_12"},
        "rule_violation": {"job_id": "jb_99"},
    },
    "cancel_job": {"happy_path": {"job_id": "jb_12"}, "rule_violation": {"job_id": "jb_99"}},
}
PINS: dict[str, Json] = {
    "search_parts": [{"path": ["parts", 0, "id"], "value": "pt_1"}],
    "get_job": [{"path": ["customer"], "value": "Luis Ferreira"}],
}

Answer = Callable[[Request], Json]


def invent_ideas(key: str) -> Answer:
    """As many ideas as asked for, numbered."""

    def answer(request: Request) -> Json:
        count = request.inputs["count"]
        return {key: [{"name": f"Idea {n}", "description": "Work."} for n in range(1, count + 1)]}

    return answer


def build_world(request: Request) -> Json:
    """The workshop's world."""
    return {
        "policy": SPEC.policy,
        "now": SPEC.initial_state.now,
        "world_schema": SPEC.world_schema.to_json(),
        "collections": SPEC.initial_state.collections,
    }


def draft_tools(request: Request) -> Json:
    """The workshop's five tools without documentation."""
    return {"tools": [{key: tool[key] for key in ToolDraft.model_fields} for tool in TOOLS.values()]}


def document_tool(request: Request) -> Json:
    """One tool's documentation; get_job comes with a twin."""
    tool = TOOLS[request.inputs["tool"]["tool_name"]]
    known = {key: tool[key] for key in ("usage", "error_messages", "output_details")}
    return {**known, "twin": GET_JOB if tool["tool_name"] == "get_job" else None}


def write_test_calls(request: Request) -> Json:
    """At most one call a mode, for the three tools that the model can simulate."""
    name, mode = request.inputs["tool"]["name"], request.inputs["mode"]
    arguments = CALLS.get(name, {}).get(mode)
    pins = PINS[name] if mode == "pinned_reply" and arguments else []
    return {"calls": [{"arguments": arguments, "why": "a test", "expected": pins}] if arguments else []}


def simulate(request: Request) -> Json:
    """Successes of three tools; 404 for a job that does not exist."""
    job = request.inputs["arguments"].get("job_id")
    if job is not None and job not in {entity["id"] for entity in SPEC.initial_state.collections["jobs"]}:
        return NO_SUCH
    return PROPOSALS[request.inputs["tool"]["name"]]


ANSWERS: dict[str, Answer] = {
    "env_generator.subfields": invent_ideas("subfields"),
    "env_generator.tasks": invent_ideas("scenarios"),
    "env_generator.world": build_world,
    "env_generator.tools": draft_tools,
    "env_generator.metadata": document_tool,
    "tool_simulator.test_calls": write_test_calls,
    "tool_simulator.simulate": simulate,
    "env_simulator.simulate": simulate,
    "judge_simulator.judge": lambda request: {"problem": "", "verdict": "correct"},
}


class WorkshopModel:
    """Answers by role; `requests` remembers what was asked."""

    name = "workshop"

    def __init__(self, **changed: Answer) -> None:
        self.answers: Mapping[str, Answer] = ANSWERS | {
            role.replace("__", "."): answer for role, answer in changed.items()
        }
        self.requests: list[Request] = []

    async def complete(self, request: Request) -> Completion:
        self.requests.append(request)
        text = json.dumps(self.answers[request.role](request))
        return Completion(text=text, finish_reason="stop", model=self.name)

    async def aclose(self) -> None:
        pass

    def describe(self) -> dict[str, Any]:
        return {"name": self.name}

    def count(self, role: str) -> int:
        """Calls of a role."""
        return sum(request.role == role for request in self.requests)
