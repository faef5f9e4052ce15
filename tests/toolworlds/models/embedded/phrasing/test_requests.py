"""Requests name every value, and read as if a person had written them."""

import random
import re

import pytest

from toolworlds.models.embedded.catalogue import known_fields, load_field
from toolworlds.models.embedded.kits import CompiledSubfield, open_kit
from toolworlds.models.embedded.phrasing.requests import word_request
from toolworlds.models.embedded.phrasing.scene import PlannedTurn
from toolworlds.models.embedded.phrasing.voices import choose_voice
from toolworlds.models.embedded.plotting import TaskPlanner
from toolworlds.models.embedded.worlds import build_world
from toolworlds.records.base import Json
from toolworlds.world.spelling import mentions, type_of
from toolworlds.world.starlark import StarlarkWorker

ID = re.compile(r"\b[a-z]{1,10}_[0-9a-f]{8}\b")


def play_scenes(kit: CompiledSubfield, worker: StarlarkWorker, seed: int) -> list[PlannedTurn]:
    """A scene of each tool that can be called first."""
    rng = random.Random(seed)
    state = build_world(kit.subfield, rng).state
    plot = TaskPlanner(kit, kit.make_environment(worker), state, choose_voice(rng), origin=state)
    return [scene for name in kit.tools if (scene := plot.set_scene(name, rng))]


def list_said(scene: PlannedTurn) -> dict[str, Json]:
    """The arguments that the request itself must tell."""
    return {
        meaning.name: scene.draw.arguments[meaning.name]
        for meaning in scene.given()
        if scene.target(meaning) is None and meaning.name != "sort_by"
    }


@pytest.mark.parametrize("field", known_fields().values())
def test_every_value_is_said_and_no_identifier(field: str, worker: StarlarkWorker) -> None:
    """Values stand in a person's spelling; tools, arguments and fields go by no name of theirs."""
    subfields = load_field(field).subfields
    for seed, subfield in enumerate(subfields):
        for scene in play_scenes(open_kit(field, subfield.name), worker, seed):
            request = word_request(scene)
            for name, value in list_said(scene).items():
                assert mentions(request, value, type_of(value), scene.state.now), (request, name, value)
            assert "_" not in ID.sub("", request), request
            assert not re.search(r"\bNone\b|[{}]|  | [.,?!]|\.\.", request), request
            assert request[0].isupper() or not request[0].isalpha(), request
            assert request.rstrip("”")[-1] in ".?!", request


def test_same_dice_same_words(worker: StarlarkWorker) -> None:
    """A request is a function of the scene and the dice."""
    kit = open_kit("Logistics", "Warehouse Operations")
    one, other = ([word_request(s) for s in play_scenes(kit, worker, 3)] for _ in range(2))
    assert one == other
