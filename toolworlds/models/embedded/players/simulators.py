"""Plays env_simulator and tool_simulator: calls are answered by twins, test calls are sampled."""

import random

from toolworlds.models.embedded.call_sampling import attempt_on, pinned, sample_call, sample_refused_call
from toolworlds.models.embedded.environments import Environments
from toolworlds.models.embedded.subfields import open_subfield, recognise_subfield
from toolworlds.records.base import Json
from toolworlds.records.completions import Request
from toolworlds.records.tools import EnvSpec, Twin


def play_simulate(request: Request, rng: random.Random, environments: Environments) -> dict[str, Json]:
    """The proposal of the tool's twin; without one as reference, of the catalogue's."""
    twin = request.reference
    if not isinstance(twin, Twin):
        subfield = recognise_subfield(request.inputs["world_schema"])
        twin = subfield.find_tool(request.inputs["tool"]["name"]).twin
    return environments.run_twin(twin, request.inputs).to_json()


def play_test_calls(request: Request, rng: random.Random, environments: Environments) -> dict[str, Json]:
    """Calls of the asked mode; fewer than asked for where the tool offers no more."""
    spec: EnvSpec = request.reference
    mode, count = request.inputs["mode"], request.inputs["count"]
    subfield = open_subfield(spec.field, spec.subfield)
    tool, domain, state = (
        subfield.find_tool(request.inputs["tool"]["name"]),
        subfield.domain,
        spec.initial_state,
    )
    attempt = attempt_on(environments.open(subfield), state, tool.spec.tool_name)
    calls: list[dict[str, Json]] = []
    while len(calls) < count:
        if mode == "rule_violation":
            refused = sample_refused_call(tool, domain, state, rng, attempt)
            if refused is None:
                break
            calls.append({"arguments": refused.arguments, "why": refused.why, "expected": []})
            continue
        sampled = sample_call(tool, domain, state, rng, (), attempt)
        if sampled is None:
            break
        pins = pinned(tool, sampled.reply.reply) if mode == "pinned_reply" else []
        expected = [{"path": path, "value": value} for path, value in pins]
        why = "everything it needs is there"
        calls.append({"arguments": sampled.arguments, "why": why, "expected": expected})
    return {"calls": calls}
