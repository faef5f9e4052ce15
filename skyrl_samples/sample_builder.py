"""Builds samples from tasks: each is checked and, in an environment, carried out and certified."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from skyrl_samples.execution import PlanRunner
from skyrl_samples.inventory import Inventory
from skyrl_samples.inventory_files import SPECS_KEPT
from skyrl_samples.samples import DATA_SOURCE, to_skyrl_sample
from skyrl_samples.tasks import InvalidTask, list_facts, number_steps, read_task
from toolworlds.records.base import Json
from toolworlds.records.samples import ReferenceRun, SkyRLSample, TaskMetadata
from toolworlds.records.tasks import Row
from toolworlds.world.starlark import StarlarkWorker


@dataclass(frozen=True, slots=True)
class BuiltSample:
    """What became of a task."""

    sample: SkyRLSample
    row: Row | None = None
    """The same as a certified row; only with an environment."""


class SampleBuilder:
    """Builds samples from tasks. `worker` runs the twins of all environments."""

    def __init__(self, worker: StarlarkWorker, seed: int, data_source: str = DATA_SOURCE) -> None:
        self._worker = worker
        self._seed = seed
        self._data_source = data_source
        self._open_runner = lru_cache(SPECS_KEPT)(self._make_runner)

    def build(self, task: Mapping[str, Json], inventory: Inventory, metadata: TaskMetadata) -> BuiltSample:
        """The sample of a task. Raises InvalidTask for what code refuses or the world does not do."""
        sample = to_skyrl_sample(task, inventory=inventory, data_source=self._data_source, metadata=metadata)
        if inventory.env is None:
            return BuiltSample(sample)
        return self._carry_out(task, sample, self._open_runner(inventory))

    def _make_runner(self, inventory: Inventory) -> PlanRunner:
        assert inventory.env is not None
        return PlanRunner(inventory.env, self._worker)

    def _carry_out(self, task: Mapping[str, Json], sample: SkyRLSample, runner: PlanRunner) -> BuiltSample:
        given = read_task(task)
        steps, truth = number_steps(given), sample.reward_spec.ground_truth
        ran = runner.run(steps)
        places = dict(list_facts(given))
        wanted = truth.analysis_rubric.final_answer_requirements.must_include
        facts = runner.read_facts(ran, {name: places[name] for name in wanted})
        origin = sample.extra_info.task_metadata
        offered = [name.rpartition(".")[2] for name in origin.tools_available]
        request = sample.prompt[1].content
        draft = runner.draft_row(truth.task_id, request, ran, facts, offered, origin.provenance)
        certificate = runner.certify(draft, self._seed)
        if not certificate.passed:
            raise InvalidTask([_count_from_one(reason) for reason in certificate.reasons])
        reference = truth.final_reference.model_copy(update={"facts": {f.name: f.value for f in facts}})
        truth = truth.model_copy(update={"final_reference": reference})
        report = runner.report(steps, ran, certificate)
        return BuiltSample(_complete(sample, truth, report), Row(**dict(draft), certificate=certificate))


def _complete(sample: SkyRLSample, truth: Json, report: ReferenceRun) -> SkyRLSample:
    metadata = sample.extra_info.task_metadata.model_copy(update={"reference_run": report})
    return sample.model_copy(
        update={
            "reward_spec": sample.reward_spec.model_copy(update={"ground_truth": truth}),
            "extra_info": sample.extra_info.model_copy(update={"task_metadata": metadata}),
        }
    )


def _count_from_one(reason: str) -> str:
    """A certificate's reason as a plan's: its calls are numbered from 0, steps from 1."""
    return re.sub(r"\bcall (\d+)", lambda found: f"step {int(found[1]) + 1}", reason)
