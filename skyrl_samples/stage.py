"""The story of one sample: a brief, a draft, all checks, and its execution where there is a world."""

from collections.abc import Awaitable
from dataclasses import dataclass

from roles.base import Check
from roles.sample_writer import TaskDraft, TaskOrder
from skyrl_samples.briefs import Brief, Settings, describe_workplace, write_brief
from skyrl_samples.checked_writer import CheckedWriter
from skyrl_samples.drafts import task_of
from skyrl_samples.flags import log_event
from skyrl_samples.inventory_files import Inventories
from skyrl_samples.sample_builder import BuiltSample
from skyrl_samples.samples import default_turns
from skyrl_samples.tasks import InvalidTask
from toolworlds.records.base import Json


def number_of(task_id: str) -> int:
    """Place of a sample in its run, from 0."""
    return int(task_id.rpartition("_")[2]) - 1


def task_id_of(number: int, series: str) -> str:
    """Id of the sample at a place, from 0; runs of another series may be put together with this one."""
    return f"skyrl_{series}_{number + 1:05d}"


@dataclass(frozen=True, slots=True)
class SampleGeneration:
    """Writes samples."""

    writer: CheckedWriter
    inventories: Inventories
    settings: Settings

    async def write_sample(self, task_id: str) -> str:
        """Has one task written until code has nothing against it, and keeps its sample."""
        number = number_of(task_id)
        inventory = self.inventories.open(self.inventories.name_of(number))
        brief = write_brief(number, task_id, inventory, self.settings, self.writer.seed)

        def ask(check: Check[TaskDraft]) -> Awaitable[TaskDraft]:
            most_tools = self.settings.max_tools
            order = TaskOrder(brief.domain, brief.complexity, *brief.steps, most_tools, brief.anchor)
            workplace = describe_workplace(inventory, brief.offered)
            return self.writer.role.task(task_id, workplace, order, check=check)

        built, asks = await self.writer.have_written(
            task_id, TaskDraft, ask, lambda draft: self._build(brief, draft)
        )
        self._save(built, asks)
        return "written"

    def _build(self, brief: Brief, draft: TaskDraft) -> BuiltSample:
        reasons = self._check_size(brief, draft)
        try:
            task = task_of(
                draft, brief.task_id, draft.user_prompt, **self._known(brief, len(draft.tool_sequence))
            )
            built = self.writer.builder.build(task, brief.inventory, self.writer.trace(brief.task_id, "task"))
        except InvalidTask as invalid:
            raise InvalidTask(reasons + invalid.reasons) from invalid
        if reasons:
            raise InvalidTask(reasons)
        return built

    def _check_size(self, brief: Brief, draft: TaskDraft) -> list[str]:
        count, (least, most) = len(draft.tool_sequence), brief.steps
        used = {(step.server, step.tool) for step in draft.tool_sequence}
        reasons = []
        if not least <= count <= most:
            reasons.append(f"the plan has {count} steps; a {brief.complexity} one has {least} to {most}")
        if len(used) > self.settings.max_tools:
            named = ", ".join(sorted(tool for _, tool in used))
            reasons.append(
                f"the plan uses {len(used)} tools ({named}); {self.settings.max_tools} are the most"
            )
        return reasons

    def _known(self, brief: Brief, steps: int) -> dict[str, Json]:
        return {
            "domain": brief.domain,
            "complexity": brief.complexity,
            "max_turns": max(steps + 1, min(default_turns(steps), self.settings.max_turns)),
            "tools_available": [tool.fqn for tool in brief.offered],
        }

    def _save(self, built: BuiltSample, asks: int) -> None:
        truth = built.sample.reward_spec.ground_truth
        if built.row is not None:
            self.writer.store.save_row(built.row)
        self.writer.store.save(truth.task_id, built.sample.to_json())
        log_event(
            "written",
            id=truth.task_id,
            domain=built.sample.extra_info.task_metadata.domain,
            complexity=truth.complexity,
            steps=len(truth.tool_sequence),
            facts=len(truth.final_reference.citations),
            asks=asks,
        )
