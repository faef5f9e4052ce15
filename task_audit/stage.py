"""How a task becomes a row: one request, distractor tools, a certificate, a judge."""

from dataclasses import dataclass
from functools import lru_cache

from roles.env_simulator import EnvSimulator
from roles.task_judge import TaskJudge
from roles.task_summarizer import TaskSummarizer, TaskSummary
from roles.tool_simulator import ToolSimulator
from task_audit.rows import choose_tools, draft_row, recall_replay
from task_audit.store import ReleaseStore
from toolworlds.batch.provenance import trace_origin
from toolworlds.records.base import Json
from toolworlds.records.completions import Model
from toolworlds.records.tasks import Certificate, RejectedTask, Row, RowDraft, Task
from toolworlds.records.tools import EnvSpec
from toolworlds.simulation.memo import Memo
from toolworlds.simulation.simulator import Simulator
from toolworlds.world.certificate import certify
from toolworlds.world.environment import Environment
from toolworlds.world.provenance import trace_arguments
from toolworlds.world.starlark import StarlarkWorker

MUTANTS_PER_CALL = 3
SPECS_KEPT = 32
"""Specs at hand; tasks come spec by spec, so few are in use at once."""


@dataclass(frozen=True, slots=True)
class ReleaseRoles:
    """The roles of this stage."""

    summarizer: TaskSummarizer
    judge: TaskJudge
    env_simulator: EnvSimulator
    tool_simulator: ToolSimulator

    def prompts(self) -> dict[str, dict[str, Json]]:
        """The prompts that shape a row."""
        return {
            **self.summarizer.prompts(),
            **self.judge.prompts("eval"),
            **self.env_simulator.prompts(),
            **self.tool_simulator.prompts("simulate"),
        }


def find_budget(draft: RowDraft) -> int | None:
    """How many mutants may be run: all of them on twins, fewer where each may cost model calls."""
    exact = all(tool.tool_name in draft.twins for tool in draft.tools)
    return None if exact else MUTANTS_PER_CALL * len(draft.gt_calls)


class ReleaseStage:
    """Releases or rejects grown tasks."""

    def __init__(
        self,
        store: ReleaseStore,
        auditors: ReleaseRoles,
        model: Model,
        seed: int,
        worker: StarlarkWorker,
        distractors: tuple[int, int],
    ) -> None:
        self._store = store
        self._auditors = auditors
        self._model = model
        self._seed = seed
        self._worker = worker
        self._distractors = distractors
        self._load_spec = lru_cache(SPECS_KEPT)(store.load_spec)

    async def release_task(self, task_id: str) -> str:
        """Summarises, certifies and judges one grown task; returns `released` or `rejected`.

        `unfinished`: another process is growing the task again; it stays owed.
        """
        task = self._store.load_task(task_id)
        if task.status != "grown":
            return "unfinished"
        full = self._load_spec(task.spec_id)
        spec = full.keep(task.kept_tools, task.twins_admitted)
        tools = choose_tools(task, spec, self._distractors, self._seed)
        origin = trace_origin(self._model, self._seed, self._auditors.prompts())
        unnamed = draft_row(task, spec, tools, origin)
        env = self._open_environment(unnamed)
        draft = unnamed.model_copy(update={"summary": await self._summarise(task, unnamed, env)})
        certificate = await self._certify(draft, env, full)
        if not certificate.passed:
            return self._reject(draft, certificate.reasons, certificate)
        verdict = await self._auditors.judge.eval(task_id, spec, task, draft.summary, reference=True)
        if verdict.verdict != "accept":
            return self._reject(draft, [f"the judge rejects it: {verdict.problem}"], certificate)
        self._store.release(Row(**dict(draft), certificate=certificate))
        return "released"

    async def recertify_row(self, row_id: str) -> str:
        """Computes a released row's certificate anew; a row that no longer passes is withdrawn."""
        row = self._store.load_row(row_id)
        draft = RowDraft(**{name: getattr(row, name) for name in RowDraft.model_fields})
        certificate = await self._certify(draft, self._open_environment(draft), self._load_spec(row.env_id))
        if not certificate.passed:
            return self._reject(draft, certificate.reasons, certificate)
        self._store.release(Row(**dict(draft), certificate=certificate))
        return "released"

    async def _summarise(self, task: Task, draft: RowDraft, env: Environment) -> str:
        """One request for the whole task, in which code finds the source of every argument."""
        replayed = recall_replay(draft, env)

        def check(reply: TaskSummary) -> list[str]:
            worded = draft.model_copy(update={"summary": reply.summary})
            return trace_arguments(worded, replayed).problems

        reply = await self._auditors.summarizer.summarize(
            task.task_id,
            task.turns,
            draft.expected_answer,
            draft.now,
            draft.policy,
            check=check,
            reference=task,
        )
        return reply.summary

    async def _certify(self, draft: RowDraft, env: Environment, spec: EnvSpec) -> Certificate:
        """What a model has to simulate is asked afresh, so that the replay is cold."""
        simulator = Simulator(
            env,
            self._auditors.env_simulator,
            self._auditors.tool_simulator,
            Memo(f"{draft.id}/certificate"),
            references=spec.twins,
        )
        return await certify(draft, simulator.executor(draft.id), self._seed, find_budget(draft))

    def _open_environment(self, draft: RowDraft) -> Environment:
        return Environment(draft.world_schema, draft.tools, draft.twins, self._worker)

    def _reject(self, draft: RowDraft, reasons: list[str], certificate: Certificate) -> str:
        self._store.reject(
            RejectedTask(task_id=draft.id, reasons=reasons, summary=draft.summary, certificate=certificate)
        )
        return "rejected"
