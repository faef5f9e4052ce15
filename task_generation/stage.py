"""How one task grows: turn by turn, each saved as soon as it is accepted."""

from functools import lru_cache

from task_generation.store import TaskStore
from task_generation.turns import TurnGrower, TurnRoles
from toolworlds.batch.provenance import trace_origin
from toolworlds.records.completions import Model
from toolworlds.records.tasks import SequenceSet, Task
from toolworlds.simulation.memo import Memo
from toolworlds.simulation.simulator import Simulator
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker
from utils import UserError, require_slug

ENVIRONMENTS_KEPT = 32
"""Compiled environments at hand; tasks are grown spec by spec, so few are in use at once."""


class TaskStage:
    """Grows tasks of any number of environments."""

    def __init__(
        self,
        store: TaskStore,
        growers: TurnRoles,
        model: Model,
        seed: int,
        worker: StarlarkWorker,
        retry: bool,
    ) -> None:
        self._store = store
        self._growers = growers
        self._model = model
        self._seed = seed
        self._worker = worker
        self._retry = retry
        self._memo = Memo()
        self._open = lru_cache(ENVIRONMENTS_KEPT)(self._open_environment)
        self._spec_of: dict[str, str] = {}

    def list_tasks(self) -> list[str]:
        """Ids of all tasks, `<spec_id>_<sequence_id>`, spec by spec."""
        for spec_id in self._store.list_sequence_sets():
            for sequence in self._store.load_sequences(spec_id).sequences:
                self._spec_of[require_slug(f"{spec_id}_{sequence.sequence_id}")] = spec_id
        return list(self._spec_of)

    async def grow_task(self, task_id: str) -> str:
        """Grows the task from where it stands to its last turn, or until it is abandoned; returns which."""
        chains, grower = self._open(self._spec_of[task_id])
        task = self._store.load(task_id) or self._begin(task_id, chains, grower)
        if task.status == "abandoned" and self._retry:
            task = task.model_copy(update={"status": "growing", "reason": ""})
        if task.status != "growing":
            self._store.save(task)  # a crash kept its mark from being cleared
        while task.status == "growing":
            task = await grower.grow(task)
            self._store.save(task)
        return task.status

    def _begin(self, task_id: str, chains: SequenceSet, grower: TurnGrower) -> Task:
        spec = grower.spec
        sequence = next(s for s in chains.sequences if task_id == f"{spec.spec_id}_{s.sequence_id}")
        origin = trace_origin(self._model, self._seed, self._growers.prompts())
        return Task(
            task_id=task_id,
            spec_id=spec.spec_id,
            sequence=sequence,
            kept_tools=chains.kept_tools,
            twins_admitted=chains.twins_admitted,
            status="growing",
            initial_state=spec.initial_state,
            final_state=spec.initial_state,
            provenance={
                "environment": spec.provenance,
                "sequences": chains.provenance,
                "task": origin,
            },
        )

    def _open_environment(self, spec_id: str) -> tuple[SequenceSet, TurnGrower]:
        chains, full = self._store.load_sequences(spec_id), self._store.load_spec(spec_id)
        spec = full.keep(chains.kept_tools, chains.twins_admitted)
        env = Environment(spec.world_schema, spec.tools, spec.twins, self._worker)
        for sequence in chains.sequences:
            if unknown := set(sequence.tools) - env.tools.keys():
                raise UserError(
                    f"env_spec {spec_id!r} has no tool {min(unknown)!r} "
                    f"({spec_id}.json, {sequence.sequence_id}); re-run task_generation.build_sequences"
                )
        simulator = Simulator(
            env,
            self._growers.env_simulator,
            self._growers.tool_simulator,
            self._memo,
            references=full.twins,
        )
        return chains, TurnGrower(spec, simulator, self._growers)
