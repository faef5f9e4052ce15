"""The bike workshop's model playing stages 3b to 5: one task of two turns, grown, worded and solved."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tests.workshop import NO_SUCH, SPEC, TWINNED, Answer, WorkshopModel, simulate
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Request, Usage
from toolworlds.records.tasks import Sequence, SequenceSet
from toolworlds.records.tools import EnvSpec
from utils import write_json

CHAIN = Sequence(sequence_id="seq1", tools=["get_job", "cancel_job"], purpose="Look at a job and cancel it.")
TASK_ID = f"{SPEC.spec_id}_seq1"
DRAFTS: dict[str, dict[str, Any]] = {
    "get_job": {
        "additions": {},
        "request": "Whose bike is job jb_12?",
        "call": {"name": "get_job", "arguments": {"job_id": "jb_12"}},
        "facts": [{"name": "customer", "type": "string", "path": ["customer"]}],
    },
    "cancel_job": {
        "additions": {},
        "request": "Cancel that job, please.",
        "call": {"name": "cancel_job", "arguments": {"job_id": "jb_12"}},
        "facts": [],
    },
}
"""What the evolver says, by the tool whose turn it is."""
SUMMARY = "Please find out whose bike job jb_12 is, and cancel that job."
FINAL = 'It is cancelled.\n{"outcome": "done", "reason": null, "answer": {"customer": "Luis Ferreira"}}'


def draft_turn(request: Request) -> Json:
    """The turn of the tool that is next."""
    return DRAFTS[request.inputs["tool_name"]]


def solve_turn(request: Request) -> Json:
    """The call of the turn with this request."""
    return {"call": next(d["call"] for d in DRAFTS.values() if d["request"] == request.inputs["request"])}


def simulate_write(request: Request) -> Json:
    """Jobs can be cancelled; every other write is refused."""
    return simulate(request) if request.inputs["tool"]["name"] == "cancel_job" else NO_SUCH


ANSWERS: dict[str, Answer] = {
    "env_simulator__simulate": simulate_write,
    "task_evolver__t0": draft_turn,
    "task_evolver__t1": draft_turn,
    "task_solver__gen": solve_turn,
    "task_judge__gen": lambda request: {"problem": "", "verdict": "accept"},
    "task_judge__eval": lambda request: {"problem": "", "verdict": "accept"},
    "task_summarizer__summarize": lambda request: {"summary": SUMMARY},
    "trajectory_judge__judge": lambda request: {"problem": "", "verdict": "solved"},
    "tool_simulator__imagine": lambda request: {"status": 200, "reply": {"customer": "Luis Ferreira"}},
}


class FrontDeskModel(WorkshopModel):
    """Answers by role; as the agent of a rollout it says the given steps in order, one a turn."""

    def __init__(self, *steps: Completion, **changed: Answer) -> None:
        super().__init__(**{**ANSWERS, **changed})
        self.steps: tuple[Completion, ...] = steps or (
            call_tools(("get_job", "jb_12")),
            call_tools(("cancel_job", "jb_12")),
            say(FINAL),
        )

    async def complete(self, request: Request) -> Completion:
        if request.role != "task_solver.trajectory":
            return await super().complete(request)
        self.requests.append(request)
        spoken = sum(message["role"] == "assistant" for message in request.messages)
        step: Completion = self.steps[min(spoken, len(self.steps) - 1)]
        return step


def say(text: str, **fields: Any) -> Completion:
    """A message without calls."""
    known: dict[str, Any] = {"finish_reason": "stop", "model": "workshop", "usage": Usage(10, 5)}
    return Completion(text=text, **known | fields)


def call_tools(*calls: tuple[str, str]) -> Completion:
    """Parallel calls: (tool, job id); a job id that is no slug stands for broken arguments."""
    return say("", finish_reason="tool_calls", tool_calls=tuple(_write_calls(calls)))


def _write_calls(calls: tuple[tuple[str, str], ...]) -> Iterator[dict[str, Json]]:
    for place, (name, job) in enumerate(calls):
        arguments = orjson.dumps({"job_id": job}).decode() if job.startswith("jb_") else job
        yield {
            "id": f"call_{place}",
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }


def make_chains(*twins_admitted: str) -> SequenceSet:
    """The one chain of the workshop."""
    return SequenceSet(
        spec_id=SPEC.spec_id,
        sequences=[CHAIN],
        kept_tools=[tool.tool_name for tool in SPEC.tools],
        twins_admitted=list(twins_admitted),
        provenance={},
    )


def lay_out(folder: Path, chains: SequenceSet | None = None, spec: EnvSpec = TWINNED) -> tuple[Path, Path]:
    """Writes the workshop's spec and chains; returns their folders."""
    specs, sequences = folder / "env_specs", folder / "sequences"
    write_json(specs / f"{spec.spec_id}.json", spec.to_json())
    write_json(sequences / f"{spec.spec_id}.json", (chains or make_chains("get_job")).to_json())
    return specs, sequences
