"""Prompts stay short: four characters are counted as a token."""

import asyncio
import contextlib

import pytest

from roles.sample_writer import SampleWriter, TaskOrder
from skyrl_samples.briefs import RECORDS_BUDGET, Settings, describe_workplace, write_brief
from skyrl_samples.inventory import Inventory
from skyrl_samples.inventory_files import Inventories
from tests.roles.scripted import ScriptedModel
from toolworlds.records.completions import ReplyError

SYSTEM, CARDS = 1_900, 3_000


def count_tokens(inventory: Inventory, part: str) -> tuple[int, int]:
    """Of the system text and of the user's."""
    model = ScriptedModel(["no reply"], {"reasoning_channel": False})
    writer, brief = (
        SampleWriter(model, 0),
        write_brief(0, "t_1", inventory, Settings([], ["simple"], 5, 8), 0),
    )
    workplace = describe_workplace(inventory, brief.offered)
    if part == "task":
        asked = writer.task("t_1", workplace, TaskOrder(brief.domain, "simple", 2, 3, 5, brief.anchor))
    else:
        asked = writer.plan("t_1", workplace, "word " * 100, 6)  # type: ignore[assignment]
    with contextlib.suppress(ReplyError):
        asyncio.run(asked)
    system, user = (len(str(message["content"])) // 4 for message in model.requests[0].messages)
    return system, user


@pytest.mark.parametrize("part", ["task", "plan"])
def test_the_prompts_keep_their_budget(desk: Inventory, part: str) -> None:
    """Instructions, and fifteen tools with their schemas."""
    system, user = count_tokens(desk, part)
    assert system <= SYSTEM
    assert user <= CARDS


def test_records_keep_theirs(env_specs: object) -> None:
    """An environment's records come on top, at most so many."""
    inventories = Inventories(str(env_specs))
    for name in inventories.names:
        assert count_tokens(inventories.open(name), "task")[1] <= RECORDS_BUDGET + 3 * CARDS
