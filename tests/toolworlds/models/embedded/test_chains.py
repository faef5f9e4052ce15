"""Calls that follow one another keep the world in step."""

import random
from dataclasses import replace

from tests.toolworlds.models.embedded.conftest import make_place
from tests.toolworlds.models.embedded.recount import find_overlaps, find_wrong_tallies
from toolworlds.models.embedded.call_sampling import attempt_on, sample_call
from toolworlds.models.embedded.catalogue import Subfield
from toolworlds.models.embedded.pointing import Known
from toolworlds.world.delta import apply_delta
from toolworlds.world.json_paths import walk_leaves
from toolworlds.world.starlark import StarlarkWorker

_CALLS = 25


def test_worlds_stay_in_step_through_chains(subfield: Subfield, worker: StarlarkWorker) -> None:
    """After a chain of random valid calls all rules hold, tallies are exact and nothing overlaps."""
    place = make_place(subfield, 0, worker)
    rng, state = random.Random(8), place.world.state
    known: list[Known] = []
    for call in range(_CALLS):
        name = rng.choice(list(place.tools))
        sampled = sample_call(
            place.tools[name], place.world.domain, state, rng, known, attempt_on(place.env, state, name)
        )
        if sampled is None:
            continue
        known += [(call, list(path), leaf) for path, leaf in walk_leaves(sampled.reply.reply)]
        if sampled.reply.delta:
            state = apply_delta(place.env.collections, state, sampled.reply.delta)
    world = replace(place.world, state=state)
    assert state != place.world.state
    assert place.env.check_state(state) == []
    assert find_wrong_tallies(world) == []
    assert find_overlaps(world) == []
