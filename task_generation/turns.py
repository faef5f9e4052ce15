"""One turn of a task: drafted with the world in view, executed, solved by one who sees no world, judged."""

from dataclasses import dataclass

from roles.env_simulator import EnvSimulator
from roles.task_evolver import TaskEvolver, TurnDraft
from roles.task_judge import TaskJudge
from roles.task_solver import TaskSolver
from roles.tool_simulator import ToolSimulator
from task_generation.drafts import (
    DraftRefused,
    add_entities,
    check_draft,
    is_same_call,
    list_addable,
    read_facts,
)
from toolworlds.records.base import Json
from toolworlds.records.completions import ProviderError
from toolworlds.records.tasks import NextTurn, Task, Turn
from toolworlds.records.tools import EnvSpec, ToolCall
from toolworlds.records.worlds import WorldState
from toolworlds.simulation.simulator import Simulator, record_call
from toolworlds.world.canonical import digest, state_hash
from utils import ItemError


@dataclass(frozen=True, slots=True)
class TurnRoles:
    """The roles that grow a task, and how often they may try."""

    evolver: TaskEvolver
    solver: TaskSolver
    judge: TaskJudge
    env_simulator: EnvSimulator
    tool_simulator: ToolSimulator
    turn_attempts: int
    """Drafts of one turn before its task is given up."""
    solver_retries: int
    """Further blind solutions of one draft after the first."""

    def prompts(self) -> dict[str, dict[str, Json]]:
        """The prompts that shape a task."""
        return {
            **self.evolver.prompts(),
            **self.solver.prompts("gen"),
            **self.judge.prompts("gen"),
            **self.env_simulator.prompts(),
            **self.tool_simulator.prompts("simulate"),
        }


@dataclass(frozen=True, slots=True)
class TurnGrower:
    """Grows tasks of one environment."""

    spec: EnvSpec
    simulator: Simulator
    growers: TurnRoles

    async def grow(self, task: Task) -> Task:
        """The task with one more turn, or abandoned when no draft within the bounds was accepted."""
        refusals: list[str] = []
        tried, attempts = task.drafts_refused, self.growers.turn_attempts
        for number in range(tried, tried + attempts):
            try:
                return await self._try_draft(task, number, refusals)
            except ProviderError:
                raise  # nobody answered, so nothing is said about the draft
            except ItemError as refused:
                refusals.append(str(refused))
        position = len(task.turns)
        place = f"turn {position + 1} ({task.sequence.tools[position]})"
        reason = f"{place}: no draft of {attempts} held; {refusals[-1]}"
        return task.model_copy(
            update={"status": "abandoned", "reason": reason, "drafts_refused": tried + attempts}
        )

    async def _try_draft(self, task: Task, number: int, refusals: list[str]) -> Task:
        item = f"{task.task_id}/turn{len(task.turns) + 1}/draft{number}"
        env = self.simulator.env
        draft = await self._write_draft(item, task, number, refusals)
        before = add_entities(env, task.final_state, draft.additions)
        after, reply = await self.simulator.call(before, draft.call, item)
        if reply.status != 200:
            raise DraftRefused(f"its call is refused with status {reply.status}: {reply.reply}")
        turn = Turn(
            request=draft.request,
            call=draft.call,
            recorded=record_call(draft.call, reply),
            facts=read_facts(draft.facts, reply, len(task.turns)),
            attempts=number + 1,
        )
        await self._solve_blind(item, task, turn, before, after)
        verdict = await self.growers.judge.gen(item, self.spec, before.now, task.turns, turn, reference=True)
        if verdict.verdict != "accept":
            raise DraftRefused(f"the judge rejects it: {verdict.problem}")
        return task.model_copy(
            update={
                "initial_state": add_entities(env, task.initial_state, draft.additions),
                "final_state": after,
                "turns": [*task.turns, turn],
                "status": "grown" if len(task.turns) + 1 == len(task.sequence.tools) else "growing",
                "drafts_refused": 0,
            }
        )

    async def _write_draft(self, item: str, task: Task, number: int, refusals: list[str]) -> TurnDraft:
        env = self.simulator.env
        asked = NextTurn(
            spec=self.spec,
            sequence=task.sequence,
            state=task.final_state,
            turns=tuple(task.turns),
            addable=tuple(list_addable(env, task.turns)),
            refusals=tuple(refusals),
            attempt=number,
        )

        def check(draft: TurnDraft) -> list[str]:
            return check_draft(env, task, draft, asked.addable)

        return await self.growers.evolver.write_turn(item, asked, check=check)

    async def _solve_blind(
        self, item: str, task: Task, turn: Turn, before: WorldState, after: WorldState
    ) -> None:
        """Raises DraftRefused unless who sees only the request finds the call, or one that does the same."""
        for number in range(self.growers.solver_retries + 1):
            step = f"{item}/solve{number}"
            solution = await self.growers.solver.gen(
                step, self.spec, before.now, task.turns, turn.request, reference=turn.call
            )
            if await self._does_the_same(step, solution.call, turn, before, after):
                return
        raise DraftRefused(f"the request {turn.request!r} led the solver to {solution.call.to_json()}")

    async def _does_the_same(
        self, item: str, call: ToolCall, turn: Turn, before: WorldState, after: WorldState
    ) -> bool:
        if is_same_call(self.simulator.env, call, turn.call):
            return True
        state, reply = await self.simulator.call(before, call, item)
        try:
            facts = read_facts(turn.facts, reply, 0)
        except DraftRefused:
            return False
        values = [[fact.value for fact in some] for some in (facts, turn.facts)]
        return state_hash(state) == state_hash(after) and digest(values[0]) == digest(values[1])
