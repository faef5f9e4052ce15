"""From a proposed repair to a record again: calls are carried out, all is kept in step and checked."""

from collections.abc import Callable, Container, Sequence
from typing import Protocol

from conversations.audit.checks import check_conversation
from conversations.audit.metadata import settle_metadata
from conversations.audit.structure import list_calls, list_outputs
from conversations.audit.truth import CompiledRegistry
from conversations.cards import write_output
from conversations.steps import ConversationStep, read_steps
from roles.conversation_repairer import Edit, Edits, RepairedTurn, Rewrite
from roles.templates import dump_json
from toolworlds.records.base import Json
from toolworlds.records.conversations import Conversation, ConversationCall, ConversationMessage

UNSEEN = (
    "these calls were carried out, and return what you could not know; see that the words after them say it:"
)


class CallExecutor(Protocol):
    """What carries out the calls of one conversation."""

    def execute(self, name: str, parameters: dict[str, Json]) -> Json:
        """What the endpoint returns; never raises."""
        ...


OpenExecutor = Callable[[str, int], CallExecutor]
"""(conversation id, seed) -> a fresh executor; the same calls in it return the same."""


class RepairTrial:
    """Tries out repairs of one conversation; `repaired` is the last one that is in order."""

    def __init__(
        self, conversation: Conversation, registry: CompiledRegistry, open_executor: OpenExecutor
    ) -> None:
        self.repaired: Conversation | None = None
        self._conversation = conversation
        self._registry = registry
        self._open_executor = open_executor
        self._recorded = [step.output for step in read_steps(conversation.messages)]
        self._told: list[ConversationStep] = []
        """Calls whose outputs the last refusal told: a model that is asked again sees no earlier one."""

    def check_edits(self, edits: Edits) -> list[str]:
        """What code refuses in a surgical repair."""
        try:
            turns = apply_edits(self._conversation.messages, edits.edits)
        except ValueError as error:
            return self._refuse([str(error)], self._told)
        return self._check_turns(turns)

    def check_rewrite(self, rewrite: Rewrite) -> list[str]:
        """What code refuses in a conversation that was written anew."""
        return self._check_turns(rewrite.turns)

    def _check_turns(self, turns: Sequence[RepairedTurn]) -> list[str]:
        self.repaired = None
        outputs = self._carry_out([call for turn in turns for call in turn.tool_calls])
        if isinstance(outputs, str):
            return self._refuse([outputs], self._told)
        repaired = rebuild(self._conversation, turns, outputs)
        problems = [problem.message for problem in check_conversation(repaired, self._registry)]
        news = [step for step in read_steps(repaired.messages) if step.output not in self._recorded]
        told = [step.output for step in self._told]
        if problems or any(step.output not in told for step in news):
            return self._refuse(problems, news)
        self.repaired = repaired
        return []

    def _refuse(self, reasons: list[str], news: Sequence[ConversationStep]) -> list[str]:
        """The reasons, after what calls return that nobody can have written about, as no message holds it."""
        self._told = list(news)
        lines = [
            f"  {step.call.name} {dump_json(step.call.parameters)} returns {dump_json(step.output)}"
            for step in news
        ]
        return ["\n".join([UNSEEN, *lines]), *reasons] if news else reasons

    def _carry_out(self, calls: Sequence[ConversationCall]) -> list[Json] | str:
        """The outputs of the calls; a reason where the recorded ones cannot be had again.

        As long as no call has changed, the recorded outputs stand.
        """
        before = self._conversation.tool_calls
        recorded = [output.output for output in self._conversation.tool_outputs]
        if list(calls) == before:
            return recorded
        executor = self._open_executor(self._conversation.conversation_id, self._conversation.metadata.seed)
        outputs = [executor.execute(call.name, call.parameters) for call in calls]
        changes = (i for i, (a, b) in enumerate(zip(before, calls, strict=False)) if a != b)
        same = next(changes, min(len(before), len(calls)))
        if outputs[:same] != recorded[:same]:
            return "calls cannot be changed here: the recorded outputs come from elsewhere; change words only"
        return outputs


def apply_edits(messages: Sequence[ConversationMessage], edits: Sequence[Edit]) -> list[RepairedTurn]:
    """The turns after the edits; raises ValueError for one that fits no message."""
    changed: dict[int, list[RepairedTurn]] = {}
    inserted: dict[int, list[RepairedTurn]] = {}
    for edit in edits:
        _check_edit(edit, messages, changed)
        new = [edit.turn] if edit.turn else []
        if edit.action == "insert_after":
            inserted.setdefault(edit.message, []).extend(new)
        else:
            changed[edit.message] = new
    turns: list[RepairedTurn] = []
    waiting: list[RepairedTurn] = []
    for place, message in enumerate(messages):
        if message.role != "tool":
            turns += waiting
            waiting = []
            turns += changed[place] if place in changed else [_read_turn(message)]
        waiting += inserted.get(place, [])
    return turns + waiting


def _check_edit(edit: Edit, messages: Sequence[ConversationMessage], changed: Container[int]) -> None:
    if not 0 <= edit.message < len(messages):
        raise ValueError(f"there is no message {edit.message}")
    if edit.action != "insert_after" and messages[edit.message].role == "tool":
        raise ValueError(f"message {edit.message} is an output; change the call that it answers")
    if edit.action != "insert_after" and edit.message in changed:
        raise ValueError(f"message {edit.message} is changed twice")
    if (edit.turn is None) != (edit.action == "remove"):
        raise ValueError(f'{edit.action!r} of message {edit.message}: only "remove" has no turn')


def _read_turn(message: ConversationMessage) -> RepairedTurn:
    return RepairedTurn.model_validate(
        {"role": message.role, "content": message.content, "tool_calls": message.tool_calls or []}
    )


def rebuild(
    conversation: Conversation, turns: Sequence[RepairedTurn], outputs: Sequence[Json]
) -> Conversation:
    """The record of these turns: messages, both lists and the metadata in step; scores are left behind."""
    messages: list[ConversationMessage] = []
    rest = iter(outputs)
    for turn in turns:
        calls = turn.tool_calls or None
        messages.append(ConversationMessage(role=turn.role, content=turn.content, tool_calls=calls))
        messages += [write_output(call.name, next(rest)) for call in turn.tool_calls]
    return conversation.model_copy(
        update={
            "messages": messages,
            "tool_calls": list_calls(messages),
            "tool_outputs": list_outputs(messages),
            "judge_scores": None,
            "passed": None,
            "metadata": settle_metadata(conversation, messages),
        }
    )
