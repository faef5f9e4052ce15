"""What the user asks for in which message."""

import random

from conversations.execution.offline import OfflineExecutor
from conversations.generation.generation import ConversationSettings, open_catalogue, plan_conversations
from conversations.generation.scenario import draw_scenario


def test_nothing_is_undone_in_the_message_that_asks_for_it() -> None:
    """Whoever cancels or changes something does so in a message that begins with it."""
    catalogue = open_catalogue(None)
    executor = OfflineExecutor(catalogue.registry)
    later = joined = 0
    for plan in plan_conversations(
        ConversationSettings(None, 3, "mixed", remembers=False), catalogue, None, 1, 300
    ):
        rng = random.Random(plan.number)
        scenario = draw_scenario(plan.chain, executor.endpoints, executor, "2026-03-10T09:00:00", rng)
        for number, request in enumerate(scenario.requests):
            first, *others = [[step.endpoint.intent for step in group] for group in request.groups]
            joined += len(others)
            later += bool(number) and not {"delete", "update"}.isdisjoint(first)
            assert all({"delete", "update"}.isdisjoint(intents) for intents in others)
    assert later > 10 and joined > 10
