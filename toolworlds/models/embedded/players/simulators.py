"""Plays env_simulator and tool_simulator: calls are answered by twins, test calls are sampled."""

import random
from collections.abc import Callable, Iterator

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
    subfield = open_subfield(spec.field, spec.subfield)
    tool, state = subfield.find_tool(request.inputs["tool"]["name"]), spec.initial_state
    attempt = attempt_on(environments.open(subfield), state, tool.spec.tool_name)

    def sample_one() -> dict[str, Json] | None:
        if request.inputs["mode"] == "rule_violation":
            broken = sample_refused_call(tool, subfield.domain, state, rng, "rule_violation", attempt)
            return {"arguments": broken.arguments, "why": broken.why, "expected": []} if broken else None
        sampled = sample_call(tool, subfield.domain, state, rng, (), attempt)
        if sampled is None:
            return None
        pins = pinned(tool, sampled.reply.reply) if request.inputs["mode"] == "pinned_reply" else []
        expected = [{"path": path, "value": value} for path, value in pins]
        return {"arguments": sampled.arguments, "why": "everything it needs is there", "expected": expected}

    return {"calls": list(_collect(sample_one, request.inputs["count"]))}


def _collect(sample_one: Callable[[], dict[str, Json] | None], count: int) -> Iterator[dict[str, Json]]:
    for _ in range(count):
        call = sample_one()
        if call is None:
            return
        yield call
