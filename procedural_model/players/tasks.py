"""Plays task_evolver, task_solver.gen and task_summarizer: turns, their solutions, a row's one request."""

import random

from llm import ReplyError, Request
from procedural_model.kits import open_kit
from procedural_model.phrasing.facts import name_fact
from procedural_model.phrasing.requests import word_request
from procedural_model.phrasing.summaries import merge_requests
from procedural_model.phrasing.voices import Voice
from procedural_model.plotting import Plot, recall_earlier
from procedural_model.workshop import Workshop
from records.base import Json
from records.tasks import Task
from records.truths import EvolverTruth


def play_turn(request: Request, rng: random.Random, workshop: Workshop, voice: Voice) -> dict[str, Json]:
    """The next turn: a call after which the rest of the chain can follow, and the words that ask for it."""
    truth: EvolverTruth = request.reference
    kit = open_kit(truth.spec.field, truth.spec.subfield)
    env, earlier = workshop.open_environment(kit), recall_earlier(kit, truth.turns)
    plot = Plot(kit, env, truth.state, voice, truth.spec.initial_state, earlier)
    scene = plot.follow(truth.sequence.tools[len(truth.turns) :], rng)
    if scene is None:
        raise ReplyError(f"the world offers no call of {truth.tool_name!r} that a person could ask for here")
    taken = [fact.name for turn in truth.turns for fact in turn.facts]
    facts: list[dict[str, Json]] = []
    for fact in scene.facts:
        name = name_fact(scene, fact, taken)
        taken.append(name)
        facts.append({"name": name, "type": fact.type, "path": fact.path})
    return {
        "additions": {},
        "request": word_request(scene),
        "call": {"name": truth.tool_name, "arguments": scene.draw.arguments},
        "facts": facts,
    }


def play_solution(request: Request) -> dict[str, Json]:
    """The expected call."""
    return {"call": request.reference.to_json()}


def play_summary(request: Request, rng: random.Random, voice: Voice) -> dict[str, Json]:
    """The turns as one request in the voice in which they were written."""
    task: Task = request.reference
    return {"summary": merge_requests([turn.request for turn in task.turns], voice, rng)}
