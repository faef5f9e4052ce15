"""Plays env_simulator and tool_simulator: calls are answered by twins, test calls are drawn."""

import random
from collections.abc import Callable, Iterator

from toolworlds.models.embedded.drawing import attempt_on, draw, draw_violation, pinned
from toolworlds.models.embedded.kits import open_kit, recognise_kit
from toolworlds.models.embedded.workshop import Environments
from toolworlds.records.base import Json
from toolworlds.records.completions import Request
from toolworlds.records.tools import EnvSpec, Twin


def play_simulate(request: Request, rng: random.Random, workshop: Environments) -> dict[str, Json]:
    """The proposal of the tool's twin; without one as reference, of the catalogue's."""
    twin = request.reference
    if not isinstance(twin, Twin):
        kit = recognise_kit(request.inputs["world_schema"])
        twin = kit.find_tool(request.inputs["tool"]["name"]).twin
    return workshop.run_twin(twin, request.inputs).to_json()


def play_test_calls(request: Request, rng: random.Random, workshop: Environments) -> dict[str, Json]:
    """Calls of the asked mode; fewer than asked for where the tool offers no more."""
    spec: EnvSpec = request.reference
    kit = open_kit(spec.field, spec.subfield)
    tool, state = kit.find_tool(request.inputs["tool"]["name"]), spec.initial_state
    attempt = attempt_on(workshop.open_environment(kit), state, tool.spec.tool_name)

    def draw_call() -> dict[str, Json] | None:
        if request.inputs["mode"] == "rule_violation":
            broken = draw_violation(tool, kit.domain, state, rng, "rule_violation", attempt)
            return {"arguments": broken.arguments, "why": broken.why, "expected": []} if broken else None
        drawn = draw(tool, kit.domain, state, rng, (), attempt)
        if drawn is None:
            return None
        pins = pinned(tool, drawn.reply.reply) if request.inputs["mode"] == "pinned_reply" else []
        expected = [{"path": path, "value": value} for path, value in pins]
        return {"arguments": drawn.arguments, "why": "everything it needs is there", "expected": expected}

    return {"calls": list(_collect(draw_call, request.inputs["count"]))}


def _collect(draw_call: Callable[[], dict[str, Json] | None], count: int) -> Iterator[dict[str, Json]]:
    for _ in range(count):
        call = draw_call()
        if call is None:
            return
        yield call
