"""The task schema: a request and its plan as a model or a file gives them, and what must hold of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import ConfigDict, Field, ValidationError

from skyrl_samples.inventory import Inventory
from skyrl_samples.plan_references import PlanReference, ReferenceFault, parse_extract
from skyrl_samples.plans import check_fact, check_steps
from toolworlds.records.base import Json, Record
from toolworlds.records.samples import Complexity, Count, JudgeRubric, PlanStep, Text
from toolworlds.world.canonical import canonical
from utils import ItemError

MOST_TURNS = 20
MOST_STEPS = 16


class InvalidTask(ItemError, ValueError):  # noqa: N818 - it is a task, not an error of ours
    """A task that is no sample; `reasons` lists all that is wrong, in words that a model can act on."""

    kind = "invalid_task"

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class _Lenient(Record):
    """Keys that mean nothing here are dropped; values are never converted."""

    model_config = ConfigDict(extra="ignore", strict=True)


class StepAnalysis(_Lenient):
    """What is to be kept of a step's output."""

    extract: list[str] = Field(default_factory=list)
    """`name = path`, e.g. `order_id = orders[0].id`."""


class TaskStep(_Lenient):
    """One call of a task's plan."""

    step: Count | None = None
    """Its place, from 1; None: where it stands."""
    server: Text
    tool: Text
    params: dict[str, Json] = Field(default_factory=dict)
    analysis_requirements: StepAnalysis = StepAnalysis()


class TaskSuccess(_Lenient):
    """What an attempt cannot do without."""

    must_call_tool: str | None = None
    """None: the tool of the first step."""


class TaskLimits(_Lenient):
    """How widely an attempt may reach."""

    max_servers: Count
    max_tools: Count


class TaskRequirements(_Lenient):
    """What the final answer must hold."""

    must_include: list[str] = Field(default_factory=list)
    quality_criteria: list[Text] = Field(default_factory=list)


class SkyRLTask(_Lenient):
    """A task as it comes in: `to_skyrl_sample` fills in what it leaves out."""

    task_id: Text
    user_prompt: str
    system_prompt: str = ""
    """What the system text says before the tools; empty: the usual words."""
    domain: str = ""
    complexity: Complexity = "moderate"
    max_turns: int | None = None
    tool_sequence: list[TaskStep]
    success: TaskSuccess = TaskSuccess()
    limits: TaskLimits | None = None
    tools_available: list[Text] = Field(default_factory=list)
    """`server.tool` or the bare name; those of the plan are added."""
    assumptions: list[Text] = Field(default_factory=list)
    final_answer_requirements: TaskRequirements = TaskRequirements()
    judge_rubric: JudgeRubric | None = None
    reward_method: Literal["rule", "reward_model"] = "rule"


def read_task(task: Mapping[str, Json]) -> SkyRLTask:
    """The task as a record. Raises InvalidTask for missing keys, wrong types, and what no file can hold."""
    try:
        canonical(task)
    except ValueError as error:
        raise InvalidTask([f"the task is no plain JSON: {error}"]) from error
    try:
        return SkyRLTask.model_validate(task)
    except ValidationError as error:
        raise InvalidTask([_explain(problem) for problem in error.errors(include_url=False)]) from error


def check_task(task: SkyRLTask, inventory: Inventory | None) -> list[str]:
    """Every reason against a task that is well-formed."""
    steps = number_steps(task)
    reasons = ["user_prompt is empty; say what the user wants"] if not task.user_prompt.strip() else []
    if not task.task_id.strip():
        reasons.append(f"task_id is {task.task_id!r}; give one that is not blank")
    if not steps:
        return [*reasons, "tool_sequence is empty; plan at least one call"]
    if len(steps) > MOST_STEPS:
        reasons.append(f"tool_sequence has {len(steps)} steps; {MOST_STEPS} are the most")
    reasons += check_steps(steps, inventory)
    reasons += _check_offer(task, set(map(name_tool, steps)), inventory)
    reasons += _check_reach(task, steps)
    reasons += _check_rubric(task.judge_rubric or JudgeRubric())
    return reasons + _check_facts(task, steps, inventory)


def number_steps(task: SkyRLTask) -> list[PlanStep]:
    """The steps of the plan; a step without number has that of its place."""
    return [
        PlanStep(
            step=place if step.step is None else step.step,
            server=step.server,
            tool=step.tool,
            params=step.params,
        )
        for place, step in enumerate(task.tool_sequence, start=1)
    ]


def name_tool(step: PlanStep) -> str:
    """`server.tool`."""
    return f"{step.server}.{step.tool}"


def list_facts(task: SkyRLTask) -> Iterator[tuple[str, PlanReference]]:
    """(name, place) of every extract. Raises ReferenceFault."""
    for place, step in enumerate(task.tool_sequence, start=1):
        for text in step.analysis_requirements.extract:
            name, path = parse_extract(text)
            yield name, PlanReference(place, path)


def list_offered(task: SkyRLTask, inventory: Inventory | None) -> list[str]:
    """`server.tool` of the tools that an agent is offered: those listed, then the plan's, each once."""
    full = {tool.name: tool.fqn for tool in inventory.tools.values()} if inventory else {}
    full |= {step.tool: f"{step.server}.{step.tool}" for step in task.tool_sequence}
    listed = [full.get(name, name) for name in task.tools_available]
    return list(dict.fromkeys([*listed, *(f"{s.server}.{s.tool}" for s in task.tool_sequence)]))


def _check_offer(task: SkyRLTask, planned: set[str], inventory: Inventory | None) -> Iterator[str]:
    """Reasons against the tools that an agent is offered; it calls them by their bare names."""
    bare: dict[str, str] = {}
    for name in list_offered(task, inventory):
        server, _, tool = name.rpartition(".")
        if not tool or any(map(str.isspace, name)):
            yield f"{name!r} is no name of a tool; write `server.tool` without spaces"
        elif inventory is not None and name not in inventory.tools and name not in planned:
            yield f"tools_available: {inventory.explain_unknown(server, tool)}"
        elif bare.setdefault(tool, name) != name:
            yield f"{bare[tool]!r} and {name!r} are both called as {tool!r}; offer one of them"


def _check_rubric(rubric: JudgeRubric) -> Iterator[str]:
    """Reasons against a judge's weights and lengths."""
    total = sum(rubric.weights.model_dump().values())
    if abs(total - 1) > 1e-6:
        yield f"judge_rubric.weights sum to {total:g}; they must sum to 1"
    shortest, longest = rubric.target_length_range
    if shortest > longest:
        yield f"judge_rubric.target_length_range is {shortest} to {longest}; the least comes first"


def _check_reach(task: SkyRLTask, steps: list[PlanStep]) -> Iterator[str]:
    """Reasons against turns, limits and must_call_tool."""
    names, servers = {name_tool(step) for step in steps}, {step.server for step in steps}
    if task.max_turns is not None and not len(steps) < task.max_turns <= MOST_TURNS:
        yield (
            f"max_turns is {task.max_turns}; {len(steps)} steps and an answer need {len(steps) + 1} to "
            f"{MOST_TURNS}"
        )
    if task.limits is not None and task.limits.max_tools < len(names):
        yield f"limits.max_tools is {task.limits.max_tools}, but the plan uses {len(names)} tools"
    if task.limits is not None and task.limits.max_servers < len(servers):
        yield f"limits.max_servers is {task.limits.max_servers}, but the plan uses {len(servers)} servers"
    must = task.success.must_call_tool
    if must is not None and must not in names:
        called = ", ".join(sorted(names))
        yield f"success.must_call_tool is {must!r}, which the plan does not call; it calls {called}"


def _check_facts(task: SkyRLTask, steps: list[PlanStep], inventory: Inventory | None) -> list[str]:
    """Reasons against extracts, and against facts that none of them names."""
    try:
        extracts = list(list_facts(task))
    except ReferenceFault as fault:
        return [f"extract: {fault}"]
    names = Counter(name for name, _ in extracts)
    reasons = [f"extract: {name!r} is taken {count} times" for name, count in names.items() if count > 1]
    wanted = task.final_answer_requirements.must_include
    for name, reference in extracts:
        reasons += [f"extract {name!r}: {why}" for why in check_fact(reference, steps, inventory)]
    reasons += [
        f"must_include: {name!r} cannot be resolved: no step extracts it"
        for name in dict.fromkeys(wanted)
        if name not in names
    ]
    return reasons + [
        f"must_include: {name!r} stands there twice" for name in {n for n in wanted if wanted.count(n) > 1}
    ]


def _explain(problem: Mapping[str, Json]) -> str:
    where = ".".join(str(step) for step in problem["loc"]) or "task"
    if problem["type"] == "missing":
        return f"{where} is missing"
    return f"{where}: {problem['msg']}, got {problem['input']!r:.60}"
