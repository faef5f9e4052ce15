"""From a task to a SkyRL sample: prompt, ground truth in the contract's layout, where it comes from."""

from collections.abc import Iterable, Mapping

from roles.templates import make_environment
from skyrl_samples.inventory import ANYTHING, Inventory
from skyrl_samples.tasks import (
    InvalidTask,
    SkyRLTask,
    check_task,
    list_facts,
    list_offered,
    name_tool,
    number_steps,
    read_task,
)
from toolworlds.records.base import Json
from toolworlds.records.samples import (
    AnalysisRubric,
    AnalysisStep,
    ExtraInfo,
    FinalAnswerRequirements,
    FinalReference,
    GroundTruth,
    JudgeRubric,
    Limits,
    RewardSpec,
    SkyRLSample,
    Success,
    SystemMessage,
    TaskMetadata,
    UserMessage,
)
from toolworlds.tokens.call_format import write_system

ENV_CLASS = "MCPToolEnv"
DATA_SOURCE = "synthetic/llm"
LEAST_TURNS = 4
SPARE_TURNS = 2
"""By default an attempt has so many messages more than the plan has steps."""


def to_skyrl_sample(
    task: Mapping[str, Json],
    *,
    inventory: Inventory | None = None,
    env_class: str = ENV_CLASS,
    data_source: str = DATA_SOURCE,
    metadata: TaskMetadata | None = None,
) -> SkyRLSample:
    """The sample that a task makes. Raises InvalidTask with every reason against it.

    With an inventory, tools, params and references are checked against what it declares. `metadata` says
    where the task comes from; domain, assumptions and offered tools are filled in here.
    """
    given = read_task(task)
    if reasons := check_task(given, inventory):
        raise InvalidTask(reasons)
    truth = make_ground_truth(given)
    offered = list_offered(given, inventory)
    origin = (metadata or TaskMetadata()).model_copy(
        update={"domain": given.domain, "assumptions": given.assumptions, "tools_available": offered}
    )
    system = write_agent_text(given.system_prompt.strip(), truth.max_turns, offered, inventory)
    return SkyRLSample(
        data_source=data_source,
        prompt=(SystemMessage(content=system), UserMessage(content=given.user_prompt.strip())),
        env_class=env_class,
        reward_spec=RewardSpec(method=given.reward_method, ground_truth=truth),
        extra_info=ExtraInfo(id=given.task_id, task_metadata=origin),
    )


def asdict_skyrl(sample: SkyRLSample) -> dict[str, Json]:
    """The sample as plain JSON, keys in the order of the record."""
    return sample.to_json()


def make_ground_truth(task: SkyRLTask) -> GroundTruth:
    """The ground truth of a task that `check_task` has nothing against."""
    steps = number_steps(task)
    facts = dict(list_facts(task))
    names = dict.fromkeys(map(name_tool, steps))
    servers = {step.server for step in steps}
    wanted = task.final_answer_requirements
    sources = sorted({facts[name].step for name in wanted.must_include})
    requirements = FinalAnswerRequirements(
        must_include=wanted.must_include,
        grounded_from=list(dict.fromkeys(name_tool(steps[number - 1]) for number in sources)),
        quality_criteria=wanted.quality_criteria,
    )
    analysis = [
        AnalysisStep(step=step.step, extract=given.analysis_requirements.extract)
        for step, given in zip(steps, task.tool_sequence, strict=True)
        if given.analysis_requirements.extract
    ]
    return GroundTruth(
        task_id=task.task_id,
        complexity=task.complexity,
        max_turns=task.max_turns or default_turns(len(steps)),
        success=Success(must_call_tool=task.success.must_call_tool or next(iter(names))),
        tool_sequence=steps,
        limits=Limits(**task.limits.model_dump())
        if task.limits
        else Limits(max_servers=len(servers), max_tools=len(names) + 1),
        analysis_rubric=AnalysisRubric(steps=analysis, final_answer_requirements=requirements),
        final_reference=FinalReference(citations={name: str(facts[name]) for name in wanted.must_include}),
        judge_rubric=task.judge_rubric or JudgeRubric(),
    )


def default_turns(steps: int) -> int:
    """Messages that an attempt has where the task does not say."""
    return max(steps + SPARE_TURNS, LEAST_TURNS)


def write_agent_text(own: str, max_turns: int, offered: Iterable[str], inventory: Inventory | None) -> str:
    """What to do, the tools, and how calls are written, as `toolworlds/tokens/call_format.py` reads them."""
    env = inventory.env if inventory else None
    policy, now = (env.policy, env.initial_state.now) if env else ("", "")
    template = make_environment().get_template("sample_agent.jinja")
    text = own or template.render(policy=policy, now=now, max_turns=max_turns)
    return write_system(text.strip(), [_as_function(name, inventory) for name in offered]).strip()


def _as_function(fqn: str, inventory: Inventory | None) -> dict[str, Json]:
    if inventory and fqn in inventory.tools:
        return inventory.tools[fqn].as_function()
    return {"type": "function", "function": {"name": fqn.rpartition(".")[2], "parameters": ANYTHING}}
