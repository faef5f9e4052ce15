"""The story of one existing prompt: tools, a plan, all checks; the record gets the plan, keeps the rest."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from roles.base import Check
from roles.sample_writer import PlanDraft
from skyrl_samples.briefs import MOST_OFFERED, STEPS, describe_workplace
from skyrl_samples.checked_writer import CheckedWriter
from skyrl_samples.drafts import task_of
from skyrl_samples.flags import log_event
from skyrl_samples.inventory import Inventory, InventoryTool, inventory_of_listing
from skyrl_samples.inventory_files import Inventories
from skyrl_samples.prompts import Prompt, PromptFile, number_of
from skyrl_samples.tasks import InvalidTask, check_task, name_tool, read_task
from toolworlds.records.base import Json
from toolworlds.records.samples import Complexity, SampleOrigin, SkyRLSample
from utils import ItemError, UserError

LOCAL = "tools"
"""Server of the tools that a prompt offers without saying whose they are."""


class NoToolsError(ItemError):
    """A prompt for which there is nothing to plan with."""

    kind = "no_tools"


@dataclass(frozen=True, slots=True)
class Enrichment:
    """Adds plans to prompts."""

    writer: CheckedWriter
    prompts: PromptFile
    inventories: Inventories | None
    """None: each prompt's own system text says which tools there are."""
    max_steps: int

    async def enrich_prompt(self, item: str) -> str:
        """Has one plan written until code has nothing against it, and keeps the record with it."""
        prompt = self.prompts.load(number_of(item))
        inventory = find_inventory(prompt, self.inventories)
        offered = find_offered(prompt, inventory)

        def ask(check: Check[PlanDraft]) -> Awaitable[PlanDraft]:
            workplace = describe_workplace(inventory, offered)
            return self.writer.role.plan(item, workplace, prompt.request, self.max_steps, check=check)

        def build(draft: PlanDraft) -> dict[str, Json]:
            return self._build(item, prompt, inventory, offered, draft)

        record, asks = await self.writer.have_written(item, PlanDraft, ask, build)
        self.writer.store.save(item, record)
        truth = record["reward_spec"]["ground_truth"]
        log_event(
            "enriched",
            id=truth["task_id"],
            record=prompt.number,
            steps=[f"{step['server']}.{step['tool']}" for step in truth["tool_sequence"]],
            must_call_tool=truth["success"]["must_call_tool"],
            facts=list(truth["final_reference"]["citations"]),
            asks=asks,
        )
        return "enriched"

    def _build(
        self,
        item: str,
        prompt: Prompt,
        inventory: Inventory,
        offered: Sequence[InventoryTool],
        draft: PlanDraft,
    ) -> dict[str, Json]:
        count = len(draft.tool_sequence)
        if count > self.max_steps:
            raise InvalidTask([f"the plan has {count} steps; {self.max_steps} are the most"])
        names = [tool.fqn for tool in offered]
        strays = [step for step in draft.tool_sequence if name_tool(step) not in names]
        if strays and prompt.list_functions():
            raise InvalidTask(
                [f"step {stray.step}: the prompt offers no tool {name_tool(stray)}" for stray in strays]
            )
        task = task_of(
            draft,
            prompt.task_id,
            prompt.request,
            complexity=rate_complexity(count),
            tools_available=names,
        )
        built = self.writer.builder.build(
            keep_frame(task, prompt), inventory, self.writer.trace(item, "plan")
        )
        return merge_plan(prompt, built.sample)


def find_inventory(prompt: Prompt, inventories: Inventories | None) -> Inventory:
    """Where the prompt's tools are: the user's inventory, else the prompt itself. Raises NoToolsError."""
    if inventories is not None:
        return inventories.open(inventories.find(prompt.env_id) or inventories.name_of(prompt.number - 1))
    functions = prompt.list_functions()
    if not functions:
        raise NoToolsError("the system text offers no tools between <tools> tags; give an --inventory")
    known = [str(name) for name in prompt.metadata.get("tools_available") or []]
    servers = {name.rpartition(".")[2]: name.rpartition(".")[0] for name in known}
    listing: dict[str, list[Json]] = {}
    for function in {one["name"]: one for one in functions}.values():
        listing.setdefault(servers.get(function["name"]) or LOCAL, []).append(function)
    try:
        return inventory_of_listing(listing, f"record {prompt.number}")
    except UserError as error:
        raise NoToolsError(str(error)) from error


def find_offered(prompt: Prompt, inventory: Inventory) -> list[InventoryTool]:
    """The inventory's tools that the prompt offers; all, up to a number, where it offers none by name."""
    named = {function["name"] for function in prompt.list_functions()}
    tools = list(inventory.tools.values())
    offered = [tool for tool in tools if tool.name in named] if named else tools[:MOST_OFFERED]
    if not offered:
        raise NoToolsError(
            f"the system text offers {', '.join(sorted(named))}; the inventory has none of these"
        )
    return offered


def keep_frame(task: dict[str, Json], prompt: Prompt) -> dict[str, Json]:
    """The task with what the record says of it beside the plan, as far as the new plan fits into it."""
    truth, spec = prompt.ground_truth, prompt.record.get("reward_spec")
    old = {key: truth[key] for key in ("complexity", "max_turns", "limits", "judge_rubric") if truth.get(key)}
    if isinstance(spec, dict) and "method" in spec:
        old["reward_method"] = spec["method"]
    for key, value in old.items():
        try:
            reasons = check_task(read_task(task | {key: value}), None)
        except InvalidTask:
            continue
        if not reasons:
            task = task | {key: value}
    return task


def rate_complexity(steps: int) -> Complexity:
    """The complexity whose plans have so many steps."""
    return next((name for name, (_, most) in STEPS.items() if steps <= most), "complex")


def merge_plan(prompt: Prompt, sample: SkyRLSample) -> dict[str, Json]:
    """The record with the sample's plan; all else that it held stays, but for an older plan."""
    made, record = sample.to_json(), prompt.record
    origin = made["extra_info"]["task_metadata"]
    plan = {key: origin.pop(key) for key in SampleOrigin.model_fields}
    extra = _as_object(record.get("extra_info"))
    kept = {
        key: value for key, value in prompt.metadata.items() if key not in ("reference_run", "plan_origin")
    }
    of_plan = {key: origin[key] for key in ("assumptions", "tools_available", "reference_run")}
    metadata = origin | kept | of_plan | {"plan_origin": plan}
    merged = {
        **record,
        "reward_spec": _as_object(record.get("reward_spec")) | made["reward_spec"],
        "extra_info": {"id": prompt.task_id} | extra | {"task_metadata": metadata},
    }
    for key in ("data_source", "env_class"):
        merged.setdefault(key, made[key])
    if "prompt" not in merged:
        words = [prompt.system or made["prompt"][0]["content"], prompt.request]
        merged["prompt"] = [
            {"role": role, "content": text} for role, text in zip(("system", "user"), words, strict=True)
        ]
    return merged


def _as_object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
