"""Requests name every value, and read as if a person had written them."""

import random
import re

import pytest

from toolworlds.language.values import mentions, type_of
from toolworlds.models.embedded.catalogue import known_fields, load_field
from toolworlds.models.embedded.phrasing.planned_turn import PlannedTurn
from toolworlds.models.embedded.phrasing.requests import word_request
from toolworlds.models.embedded.phrasing.styles import choose_style
from toolworlds.models.embedded.subfields import CompiledSubfield, open_subfield
from toolworlds.models.embedded.task_planning import TaskPlanner
from toolworlds.models.embedded.worlds import build_world
from toolworlds.records.base import Json
from toolworlds.world.starlark import StarlarkWorker

ID = re.compile(r"\b[a-z]{1,10}_[0-9a-f]{8}\b")


def play_scenes(subfield: CompiledSubfield, worker: StarlarkWorker, seed: int) -> list[PlannedTurn]:
    """A turn of each tool that can be called first."""
    rng = random.Random(seed)
    state = build_world(subfield.source, rng).state
    planner = TaskPlanner(subfield, subfield.make_environment(worker), state, choose_style(rng), origin=state)
    return [turn for name in subfield.tools if (turn := planner.plan_turn(name, rng))]


def list_said(turn: PlannedTurn) -> dict[str, Json]:
    """The arguments that the request itself must tell."""
    return {
        meaning.name: turn.call.arguments[meaning.name]
        for meaning in turn.given()
        if turn.target(meaning) is None and meaning.name != "sort_by"
    }


@pytest.mark.parametrize("field", known_fields().values())
def test_every_value_is_said_and_no_identifier(field: str, worker: StarlarkWorker) -> None:
    """Values stand in a person's spelling; tools, arguments and fields go by no name of theirs."""
    subfields = load_field(field).subfields
    for seed, subfield in enumerate(subfields):
        for turn in play_scenes(open_subfield(field, subfield.name), worker, seed):
            request = word_request(turn)
            for name, value in list_said(turn).items():
                assert mentions(request, value, type_of(value), turn.state.now), (request, name, value)
            assert "_" not in ID.sub("", request), request
            assert not re.search(r"\bNone\b|[{}]|  | [.,?!]|\.\.", request), request
            assert request[0].isupper() or not request[0].isalpha(), request
            assert request.rstrip("”")[-1] in ".?!", request


def test_same_dice_same_words(worker: StarlarkWorker) -> None:
    """A request is a function of the turn and the dice."""
    subfield = open_subfield("Logistics", "Warehouse Operations")
    one, other = ([word_request(s) for s in play_scenes(subfield, worker, 3)] for _ in range(2))
    assert one == other
