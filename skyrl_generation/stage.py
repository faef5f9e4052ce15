"""The story of one sample: a brief, a draft, all checks, and its execution where there is a world."""

from dataclasses import dataclass

from batch.provenance import trace_origin
from llm import ProviderError
from records.base import Json
from records.samples import TaskMetadata
from roles.sample_writer import PlanDraft, SampleWriter, TaskDraft
from skyrl_generation.briefs import Brief, Settings, describe_workplace, write_brief
from skyrl_generation.drafts import task_of
from skyrl_generation.inventory_files import Inventories
from skyrl_generation.raw_replies import KeepingModel
from skyrl_generation.samples import default_turns
from skyrl_generation.store import SampleStore
from skyrl_generation.tasks import InvalidTask
from skyrl_generation.workbench import Built, Workbench, log_event
from utils import ItemError


def number_of(task_id: str) -> int:
    """Place of a sample in its run, from 0."""
    return int(task_id.rpartition("_")[2]) - 1


def task_id_of(number: int) -> str:
    """Id of the sample at a place, from 0."""
    return f"skyrl_{number + 1:05d}"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the stories of both commands share: a writer whose words are kept, a bench, a store."""

    writer: SampleWriter
    model: KeepingModel
    bench: Workbench
    store: SampleStore
    backend: str
    seed: int

    def trace(self, item: str, part: str) -> TaskMetadata:
        """Where the item's last reply comes from."""
        request_id, said = self.model.last(item)
        return TaskMetadata(
            model=said.model,
            backend=self.backend,
            seed=self.seed,
            generated_at=self.store.begin(),
            reasoning_tokens=said.usage.reasoning_tokens,
            raw_reply=self.store.link(request_id),
            provenance=trace_origin(self.model, self.seed, self.writer.prompts(part)),
        )

    def keep_words(self, item: str, reply_type: type[PlanDraft]) -> int:
        """Saves what the model said about an item, tells what was refused; returns how often it was asked."""
        lines = self.model.take(item, reply_type)
        for line in lines:
            if line["refused"]:
                log_event("rejected", id=item, attempt=line["attempt"], reasons=line["refused"])
        self.store.save_raw(item, lines)
        return len(lines)


@dataclass(frozen=True, slots=True)
class Generation:
    """Writes samples."""

    desk: Desk
    inventories: Inventories
    settings: Settings

    async def write_sample(self, task_id: str) -> str:
        """Has one task written until code has nothing against it, and keeps its sample."""
        desk, number = self.desk, number_of(task_id)
        inventory = self.inventories.open(self.inventories.name_of(number))
        brief = write_brief(number, task_id, inventory, self.settings, desk.seed)
        made: list[Built] = []

        def check(draft: TaskDraft) -> list[str]:
            try:
                made.append(self._build(brief, draft))
            except InvalidTask as invalid:
                desk.model.refuse(task_id, invalid.reasons)
                return invalid.reasons
            return []

        try:
            await desk.writer.task(
                task_id,
                describe_workplace(inventory, brief.offered),
                brief.domain,
                brief.complexity,
                brief.steps,
                self.settings.max_tools,
                brief.anchor,
                check=check,
            )
        except ProviderError:
            desk.model.take(task_id, TaskDraft)  # owed: it is asked anew
            raise
        except ItemError as error:
            log_event("failed", id=task_id, asks=desk.keep_words(task_id, TaskDraft), reason=str(error))
            raise
        self._save(made[-1], desk.keep_words(task_id, TaskDraft))
        return "written"

    def _build(self, brief: Brief, draft: TaskDraft) -> Built:
        count = len(draft.tool_sequence)
        used = {(step.server, step.tool) for step in draft.tool_sequence}
        least, most = brief.steps
        reasons = []
        if not least <= count <= most:
            reasons.append(f"the plan has {count} steps; a {brief.complexity} one has {least} to {most}")
        if len(used) > self.settings.max_tools:
            reasons.append(f"the plan uses {len(used)} tools; {self.settings.max_tools} are the most")
        task = task_of(draft, brief.task_id, draft.user_prompt, **self._known(brief, count))
        try:
            built = self.desk.bench.build(task, brief.inventory, self.desk.trace(brief.task_id, "task"))
        except InvalidTask as invalid:
            raise InvalidTask(reasons + invalid.reasons) from invalid
        if reasons:
            raise InvalidTask(reasons)
        return built

    def _known(self, brief: Brief, steps: int) -> dict[str, Json]:
        return {
            "domain": brief.domain,
            "complexity": brief.complexity,
            "max_turns": min(default_turns(steps), self.settings.max_turns),
            "tools_available": [tool.fqn for tool in brief.offered],
        }

    def _save(self, built: Built, asks: int) -> None:
        truth = built.sample.reward_spec.ground_truth
        if built.row is not None:
            self.desk.store.save_row(built.row)
        self.desk.store.save(truth.task_id, built.sample.to_json())
        log_event(
            "written",
            id=truth.task_id,
            domain=built.sample.extra_info.task_metadata.domain,
            complexity=truth.complexity,
            steps=len(truth.tool_sequence),
            facts=len(truth.final_reference.citations),
            asks=asks,
        )
