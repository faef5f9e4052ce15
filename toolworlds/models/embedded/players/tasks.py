"""Plays task_evolver, task_solver.gen and task_summarizer: turns, their solutions, a row's one request."""

import random
from collections import OrderedDict
from dataclasses import replace

from toolworlds.models.embedded.environments import Environments
from toolworlds.models.embedded.phrasing.facts import name_fact
from toolworlds.models.embedded.phrasing.planned_turn import PlannedTurn
from toolworlds.models.embedded.phrasing.requests import word_request
from toolworlds.models.embedded.phrasing.styles import WritingStyle, choose_style
from toolworlds.models.embedded.phrasing.summaries import merge_requests
from toolworlds.models.embedded.subfields import open_subfield
from toolworlds.models.embedded.task_planning import TaskPlanner, recall_earlier
from toolworlds.records.base import Json
from toolworlds.records.completions import ReplyError, Request
from toolworlds.records.tasks import NextTurn, Task

PLANS_KEPT = 256
PLAN_TRIES = 6
"""Times a whole task is planned before its turns are planned one by one."""


class TaskPlayer:
    """Writes tasks. A task is planned as a whole, as a function of the seed, its id and its environment.

    A turn is the plan's next one as long as the turns before it are, and it was not refused; otherwise the
    rest is planned anew from where the world stands.
    """

    def __init__(self, environments: Environments, seed: int) -> None:
        self._environments = environments
        self._seed = seed
        self._plans: OrderedDict[str, tuple[NextTurn, tuple[PlannedTurn, ...]]] = OrderedDict()
        """Kept only to spare work: a plan that was dropped is made again, alike."""

    def play_turn(self, request: Request, rng: random.Random) -> dict[str, Json]:
        """The next turn: a call after which the chain can go on, and the words that ask for it."""
        asked: NextTurn = request.reference
        task_id = _task_of(request)
        turn = self._recall_turn(task_id, asked) or self._plan_anew(task_id, asked, rng)
        if turn is None:
            raise ReplyError(
                f"the world offers no call of {asked.tool_name!r} that a person could ask for here"
            )
        taken = [fact.name for earlier in asked.turns for fact in earlier.facts]
        facts: list[dict[str, Json]] = []
        for fact in turn.facts:
            name = name_fact(turn, fact, taken)
            taken.append(name)
            facts.append({"name": name, "type": fact.type, "path": fact.path})
        return {
            "additions": {},
            "request": word_request(replace(turn, rng=rng)),
            "call": {"name": asked.tool_name, "arguments": turn.call.arguments},
            "facts": facts,
        }

    def play_solution(self, request: Request, rng: random.Random) -> dict[str, Json]:
        """The expected call."""
        return {"call": request.reference.to_json()}

    def play_summary(self, request: Request, rng: random.Random) -> dict[str, Json]:
        """The turns as one request, in the style in which they were written."""
        task: Task = request.reference
        style = self._choose_writing_style(_task_of(request))
        return {"summary": merge_requests([turn.request for turn in task.turns], style, rng)}

    def _recall_turn(self, task_id: str, asked: NextTurn) -> PlannedTurn | None:
        """The plan's turn at this place; None where the task has left the plan."""
        plan, place = self._recall_plan(task_id, asked), len(asked.turns)
        made = zip(plan, asked.turns, strict=False)
        as_planned = all(planned.call.arguments == turn.call.arguments for planned, turn in made)
        return plan[place] if asked.attempt == 0 and as_planned and place < len(plan) else None

    def _recall_plan(self, task_id: str, asked: NextTurn) -> tuple[PlannedTurn, ...]:
        known, plan = self._plans.get(task_id, (None, ()))
        if known is None or known.spec is not asked.spec or known.sequence != asked.sequence:
            opening = replace(asked, state=asked.spec.initial_state, turns=())
            plan = self._plan(task_id, opening, self._make_rng(f"{task_id}/plot"))
            self._plans[task_id] = asked, plan
            if len(self._plans) > PLANS_KEPT:
                self._plans.popitem(last=False)
        return plan

    def _plan_anew(self, task_id: str, asked: NextTurn, rng: random.Random) -> PlannedTurn | None:
        """A turn that the rest of the chain can follow; failing that, any."""
        plan = self._plan(task_id, asked, rng)
        return plan[0] if plan else self._open_planner(task_id, asked).plan_turn(asked.tool_name, rng)

    def _plan(self, task_id: str, asked: NextTurn, rng: random.Random) -> tuple[PlannedTurn, ...]:
        """The rest of the chain; empty when no way was found in some tries."""
        planner, tools = self._open_planner(task_id, asked), asked.sequence.tools[len(asked.turns) :]
        plans = (planner.plan_turns(tools, rng) for _ in range(PLAN_TRIES))
        return next((plan for plan in plans if plan), ())

    def _open_planner(self, task_id: str, asked: NextTurn) -> TaskPlanner:
        subfield = open_subfield(asked.spec.field, asked.spec.subfield)
        env, earlier = self._environments.open(subfield), recall_earlier(subfield, asked.turns)
        style = self._choose_writing_style(task_id)
        return TaskPlanner(subfield, env, asked.state, style, asked.spec.initial_state, earlier)

    def _choose_writing_style(self, task_id: str) -> WritingStyle:
        """The same in all turns and the summary of one task."""
        return choose_style(self._make_rng(task_id))

    def _make_rng(self, name: str) -> random.Random:
        return random.Random(f"{self._seed}:{name}")


def _task_of(request: Request) -> str:
    return request.request_id.split("/")[0]
