"""One conversation, from its plan to its record: request, question, calls, report, turn by turn."""

import random
from dataclasses import dataclass

from conversations.execution.offline import OfflineExecutor
from conversations.generation.assistant import Assistant, StuckError
from conversations.generation.references import Reference
from conversations.generation.scenario import Request, Scenario, Slot, Step, draw_scenario
from conversations.generation.state import ConversationState, Facts
from conversations.generation.user_proxy import UserProxy
from toolworlds.records.catalogues import Chain
from toolworlds.records.conversations import Conversation

CLOSING_SHARE = 0.4


def hold_conversation(
    chain: Chain, facts: Facts, executor: OfflineExecutor, rng: random.Random
) -> Conversation:
    """A whole conversation over the chain. Raises StuckError where the chain leads nowhere."""
    state = ConversationState(executor.open(facts.conversation_id, facts.seed))
    scenario = draw_scenario(chain, executor.endpoints, executor, state.session.now, rng)
    dialogue = Dialogue(
        scenario, state, UserProxy(scenario, rng), Assistant(scenario, state, executor, rng), rng
    )
    dialogue.hold()
    return state.record(facts)


@dataclass(slots=True)
class Dialogue:
    """User and assistant in turns."""

    scenario: Scenario
    state: ConversationState
    user: UserProxy
    assistant: Assistant
    rng: random.Random

    def hold(self) -> None:
        """From the first request to the last word."""
        requests = self.scenario.requests
        for place, request in enumerate(requests):
            self._serve(request, offers=place + 1 < len(requests))
        if self.rng.random() < CLOSING_SHARE:
            self.state.say_user(self.user.close())
            self.assistant.end()

    def _serve(self, request: Request, *, offers: bool) -> None:
        references: dict[int, Reference] = {}
        order = [step.index for other in self.scenario.requests for step in other.steps]
        known = {step.index: step for other in self.scenario.requests for step in other.steps}
        for step in request.steps:
            before = order[order.index(step.index) - 1]
            for source in step.meant:
                if source not in references:
                    references[source] = self.assistant.refer(known[source], follows=source == before)
        heard = {step.index: self.assistant.foresee(step) for step in request.steps}
        self.state.say_user(self.user.ask(request, references, heard))
        self._clarify(request)
        for group in request.groups:
            self.assistant.carry_out(group)
            for step in group:
                if self.assistant.found_nothing(step):
                    self._search_again(step)
        self.assistant.report(request.steps, offers)

    def _clarify(self, request: Request) -> None:
        for step in request.steps:
            if step.withheld:
                asked = [slot for slot in step.withheld if slot.spoken]
                self.assistant.ask(asked)
                self.state.say_user(self.user.answer(asked))
                step.withheld = []

    def _search_again(self, step: Step) -> None:
        """Nothing was found: the user changes one thing, and the search is made once more."""
        self.assistant.tell_nothing(step)
        slot = self._choose_changed(step)
        if slot is None:
            raise StuckError(f"{step.endpoint.endpoint_id} found nothing, and nothing can be changed")
        if not slot.parameter.required:
            slot.dropped = True
            self.state.say_user(self.user.drop(slot))
        else:
            self.scenario.wishes.change(slot.parameter, slot.endpoint)
            self.state.say_user(self.user.change(slot))
        self.assistant.carry_out([step])

    def _choose_changed(self, step: Step) -> Slot | None:
        """A condition to be given up if there is one, else something that no call before depends on."""
        optional = [s for s in step.slots if s.spoken and not s.parameter.required]
        if optional:
            return self.rng.choice(optional)
        settled = {value for call in self.state.calls[:-1] for value in map(str, call.parameters.values())}
        free = [
            s
            for s in step.slots
            if s.spoken
            and s.parameter.side not in ("end", "max")
            and str(self.scenario.wishes.wish(s.parameter, s.endpoint)) not in settled
        ]
        return self.rng.choice(free) if free else None
