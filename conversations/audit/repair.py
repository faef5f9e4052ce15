"""From a proposed repair to a record again: calls are carried out, all is kept in step and checked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from conversations.audit.bookkeeping import settle_metadata
from conversations.audit.checks import check_conversation
from conversations.audit.structure import list_calls, list_outputs
from conversations.audit.truth import Catalogue
from conversations.grounding.cards import write_output
from conversations.grounding.steps import Step, read_steps
from roles.conversation_repairer import Edit, Edits, RepairedTurn, Rewrite
from roles.templates import dump_json
from toolworlds.records.base import Json
from toolworlds.records.conversations import Conversation, ConversationCall, ConversationMessage

UNSEEN = (
    "these calls were carried out, and return what you could not know; see that the words after them say it:"
)


class Session(Protocol):
    """What carries out the calls of one conversation."""

    def execute(self, name: str, parameters: dict[str, Json]) -> Json:
        """What the endpoint returns; never raises."""
        ...


OpenSession = Callable[[str, int], Session]
"""(conversation id, seed) -> a fresh session; the same calls in it return the same."""


class Trial:
    """Tries out repairs of one conversation; `repaired` is the last one that is in order."""

    def __init__(self, conversation: Conversation, catalogue: Catalogue, open_session: OpenSession) -> None:
        self.repaired: Conversation | None = None
        self._conversation = conversation
        self._catalogue = catalogue
        self._open_session = open_session
        self._recorded = [step.output for step in read_steps(conversation.messages)]
        self._told: list[Step] = []
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
        problems = [problem.message for problem in check_conversation(repaired, self._catalogue)]
        news = [step for step in read_steps(repaired.messages) if step.output not in self._recorded]
        told = [step.output for step in self._told]
        if problems or any(step.output not in told for step in news):
            return self._refuse(problems, news)
        self.repaired = repaired
        return []

    def _refuse(self, reasons: list[str], news: Sequence[Step]) -> list[str]:
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
        session = self._open_session(self._conversation.conversation_id, self._conversation.metadata.seed)
        outputs = [session.execute(call.name, call.parameters) for call in calls]
        changes = (i for i, (a, b) in enumerate(zip(before, calls, strict=False)) if a != b)
        same = next(changes, min(len(before), len(calls)))
        if outputs[:same] != recorded[:same]:
            return "calls cannot be changed here: the recorded outputs come from elsewhere; change words only"
        return outputs


def apply_edits(messages: Sequence[ConversationMessage], edits: Sequence[Edit]) -> list[RepairedTurn]:
    """The turns after the edits; raises ValueError for one that fits no message."""
    by_message: dict[int, Edit] = {}
    inserted: dict[int, list[RepairedTurn]] = {}
    for edit in edits:
        _check_edit(edit, messages, by_message)
        if edit.action == "insert_after":
            assert edit.turn is not None
            inserted.setdefault(edit.message, []).append(edit.turn)
        else:
            by_message[edit.message] = edit
    turns: list[RepairedTurn] = []
    waiting: list[RepairedTurn] = []
    for place, message in enumerate(messages):
        if message.role != "tool":
            turns += waiting
            waiting = []
            edit_here = by_message.get(place)
            turns += (
                [_read_turn(message)] if edit_here is None else [edit_here.turn] if edit_here.turn else []
            )
        waiting += inserted.get(place, [])
    return turns + waiting


def _check_edit(edit: Edit, messages: Sequence[ConversationMessage], taken: Mapping[int, Edit]) -> None:
    if not 0 <= edit.message < len(messages):
        raise ValueError(f"there is no message {edit.message}")
    if edit.action != "insert_after" and messages[edit.message].role == "tool":
        raise ValueError(f"message {edit.message} is an output; change the call that it answers")
    if edit.action != "insert_after" and edit.message in taken:
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
