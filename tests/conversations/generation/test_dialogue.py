"""What holds of every conversation, read from its record alone."""

import re
from collections import Counter

import pytest

from conversations.execution.offline import OfflineExecutor
from conversations.generation.checks import find_problems
from conversations.interfaces import describe_registry, find_misfits, list_choices
from conversations.speech import clarification_bounds
from conversations.steps import grounding_bounds, read_steps, trace_arguments
from tests.conversations.generation.corpus import build_travel_catalogue, list_texts, make_conversations
from toolworlds.records.catalogues import Mode
from toolworlds.records.conversations import Conversation
from toolworlds.world.calls import is_empty, is_error

COUNT = 150
SCHEMAS = describe_registry(build_travel_catalogue().registry)
ENDPOINTS = {endpoint.endpoint_id: endpoint for endpoint in build_travel_catalogue().registry.endpoints}


@pytest.fixture(scope="module")
def made() -> tuple[Conversation, ...]:
    return make_conversations(COUNT)


def test_every_value_has_a_source(made: tuple[Conversation, ...]) -> None:
    """What is passed to a call was said or returned before; nothing comes from nowhere."""
    for conversation in made:
        for argument in trace_arguments(conversation.messages, list_choices(SCHEMAS)):
            assert argument.source.kind != "nobody", (conversation.conversation_id, argument)


def test_ids_come_from_outputs(made: tuple[Conversation, ...]) -> None:
    """No user recites an id, and none is made up."""
    for conversation in made:
        for argument in trace_arguments(conversation.messages):
            parameters = {p.name: p for p in ENDPOINTS[argument.step.call.name].parameters}
            if parameters[argument.parameter].aspect == "id":
                assert argument.source.kind == "output"
                assert str(argument.value) not in "\n".join(list_texts(conversation, "user"))


def test_calls_fit_their_endpoints(made: tuple[Conversation, ...]) -> None:
    """Required arguments are there, types and enums fit."""
    calls = [call for conversation in made for call in conversation.tool_calls]
    assert not [fault for call in calls for fault in find_misfits(call.name, call.parameters, SCHEMAS)]


def test_roles_alternate(made: tuple[Conversation, ...]) -> None:
    """The user begins, outputs follow their calls in order, the assistant has the last word."""
    for conversation in made:
        roles = "".join(message.role[0] for message in conversation.messages)
        assert re.fullmatch(r"(u(at+)*a)+", roles), roles
        for step in read_steps(conversation.messages):
            assert step.answered_in is not None


def test_no_internal_names(made: tuple[Conversation, ...]) -> None:
    """No placeholder, no name with underscores, no code that nobody heard."""
    assert not [problem for conversation in made for problem in find_problems(conversation)]


def test_metadata_say_what_the_messages_say(made: tuple[Conversation, ...]) -> None:
    """Counts, tools and rates are those of the messages."""
    for conversation in made:
        metadata, names = conversation.metadata, [call.name for call in conversation.tool_calls]
        assert metadata.num_turns == len(conversation.messages)
        assert metadata.endpoint_ids == names
        assert metadata.num_tool_calls == len(names) == len(conversation.tool_outputs)
        assert metadata.tool_ids_used == list(dict.fromkeys(name.partition("::")[0] for name in names))
        least, most = clarification_bounds(conversation.messages)
        assert least <= metadata.num_clarification_questions <= most
        bounds = grounding_bounds(trace_arguments(conversation.messages), metadata.num_tool_calls)
        if bounds is None:
            assert metadata.memory_grounding_rate is None
        else:
            assert metadata.memory_grounding_rate is not None
            assert bounds[0] - 0.01 <= metadata.memory_grounding_rate <= bounds[1] + 0.01


def test_questions_are_asked_for_values_that_are_missing(made: tuple[Conversation, ...]) -> None:
    """A fifth to two fifths ask back; a value that is asked for is passed only after the answer. Now and then
    it is a number that was also said of something else."""
    asking = [c for c in made if c.metadata.num_clarification_questions]
    assert 0.2 <= len(asking) / len(made) <= 0.4
    by_chance = 0
    for conversation in asking:
        if conversation.metadata.sampling_mode != "clarification_first":
            continue
        messages = conversation.messages
        question = next(n for n, m in enumerate(messages) if m.role == "assistant" and "?" in m.content)
        answered = [m for m in messages[: question + 1] if m.role == "user"]
        first = read_steps(messages)[0]
        sources = trace_arguments([*answered, *messages[first.asked_in :]])
        lost = [a for a in sources if a.step.index == 0 and a.source.kind == "nobody"]
        assert question < first.asked_in
        if not lost:
            assert any(isinstance(a.value, int) for a in sources if a.step.index == 0), (
                conversation.conversation_id
            )
            by_chance += 1
    assert by_chance <= 1


def test_failures_are_recovered_from(made: tuple[Conversation, ...]) -> None:
    """Every refused call is made again with success; an empty search is followed by another one."""
    refused = 0
    for conversation in made:
        pairs = list(zip(conversation.tool_calls, conversation.tool_outputs, strict=True))
        for place, (call, output) in enumerate(pairs):
            if is_error(output.output):
                refused += 1
                assert any(c == call and not is_error(o.output) for c, o in pairs[place + 1 :])
            elif ENDPOINTS[call.name].intent == "search" and is_empty(output.output):
                assert any(c.name == call.name and not is_empty(o.output) for c, o in pairs[place + 1 :])
    assert refused


def test_calls_can_be_executed_again(made: tuple[Conversation, ...]) -> None:
    """A session of the same id and seed gives every recorded output once more."""
    executor = OfflineExecutor(build_travel_catalogue().registry)
    for conversation in made[:40]:
        session = executor.open(conversation.conversation_id, conversation.metadata.seed)
        for call, output in zip(conversation.tool_calls, conversation.tool_outputs, strict=True):
            assert session.execute(call.name, call.parameters) == output.output


@pytest.mark.parametrize("mode", ["sequential", "multi_tool", "clarification_first", "parallel", "short"])
def test_modes_do_what_they_say(mode: Mode) -> None:
    """Two tools, a question first, calls that share a turn, one or two calls."""
    for conversation in make_conversations(25, mode):
        metadata = conversation.metadata
        assert metadata.sampling_mode == mode
        distinct = list({(c.name, str(c.parameters)) for c in conversation.tool_calls})
        if mode == "multi_tool":
            assert metadata.num_distinct_tools >= 2
        if mode == "clarification_first":
            assert not conversation.messages[1].tool_calls
            assert metadata.num_clarification_questions
        if mode == "parallel":
            assert any(len(message.tool_calls or []) > 1 for message in conversation.messages)
        if mode == "short":
            assert len({name for name, _ in distinct}) <= 2


def test_language_varies(made: tuple[Conversation, ...]) -> None:
    """Openings differ, and hardly a message of the assistant is said twice in one conversation."""
    openings = Counter(" ".join(c.messages[0].content.lower().split()[:4]) for c in made)
    assert len(openings) > 0.5 * COUNT
    for conversation in made:
        said = [text for text in list_texts(conversation, "assistant") if text]
        assert len(said) - len(set(said)) <= 1
