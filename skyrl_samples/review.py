"""Whether a finished sample keeps what it promises: schema, plan, facts, raw reply, run in the world."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

from pydantic import ValidationError

from skyrl_samples.execution import PlanRunner
from skyrl_samples.inventory import Inventory
from skyrl_samples.inventory_files import SPECS_KEPT, Inventories
from skyrl_samples.plan_references import PlanReference
from skyrl_samples.raw_replies import find_file, read_replies
from skyrl_samples.sample_schema import find_schema_problems
from skyrl_samples.samples import make_ground_truth
from skyrl_samples.tasks import InvalidTask, check_task, list_facts, name_tool, read_task
from toolworlds.records.base import Json
from toolworlds.records.samples import GroundTruth, SkyRLSample
from toolworlds.records.tools import ToolCall
from toolworlds.tokens.call_format import read_message, read_system, write_message
from toolworlds.world.json_paths import show_path, walk_leaves
from toolworlds.world.starlark import StarlarkWorker

RUNS_KEPT = 16
"""Files of raw replies at hand at once."""


@dataclass(slots=True)
class Tally:
    """Counts over the samples of a file."""

    samples: int = 0
    valid: int = 0
    facts: int = 0
    """Names that rubrics ask for."""
    facts_resolved: int = 0
    linked: int = 0
    """Samples whose raw reply is where they say."""
    executable: int = 0
    """Samples with a run in an environment that is at hand."""
    replayed: int = 0
    """Of those, the ones whose plan went as recorded."""


class Reviewer:
    """Reviews the samples of one file in turn; `inventories` are the tools, and worlds, at hand."""

    def __init__(self, folder: Path, inventories: Inventories | None, worker: StarlarkWorker) -> None:
        self.tally = Tally()
        self._folder = folder
        self._inventories = inventories
        self._worker = worker
        self._seen: dict[str, int] = {}
        self._read_run = lru_cache(RUNS_KEPT)(_list_used)
        self._open_runner = lru_cache(SPECS_KEPT)(self._make_runner)

    def review(self, value: Json) -> list[str]:
        """Problems of the next sample; [] if there are none."""
        tally = self.tally
        tally.samples += 1
        if problems := find_schema_problems(value):
            return problems
        try:
            sample = SkyRLSample.model_validate(value)
        except ValidationError as error:
            return [f"{problem['loc']}: {problem['msg']}" for problem in error.errors()]
        problems = self._review_plan(sample)
        problems += self._review_link(sample)
        problems += check_prompt(sample)
        task_id = sample.reward_spec.ground_truth.task_id
        if (first := self._seen.setdefault(task_id, tally.samples)) != tally.samples:
            problems.append(f"record {first} has the task id {task_id!r} as well")
        tally.valid += not problems
        return problems

    def _review_plan(self, sample: SkyRLSample) -> list[str]:
        """Whether the ground truth is what the sample's task gives, and its plan goes as it was recorded."""
        truth, run = sample.reward_spec.ground_truth, sample.extra_info.task_metadata.reference_run
        wanted = truth.analysis_rubric.final_answer_requirements.must_include
        self.tally.facts += len(wanted)
        server = truth.tool_sequence[0].server
        inventory = self._find_inventory(server)
        try:
            task = read_task(task_of_sample(sample))
            problems = check_task(task, inventory)
        except InvalidTask as error:
            return error.reasons
        problems = problems or compare_truths(truth, make_ground_truth(task))
        if run is not None and run.env_id != server:
            problems.append(f"reference_run is of {run.env_id!r}, the plan of {server!r}")
        if inventory is not None and inventory.env is not None and not problems:
            self.tally.executable += 1
            problems = compare_runs(sample, self._open_runner(inventory), dict(list_facts(task)))
            self.tally.replayed += not problems
        self.tally.facts_resolved += 0 if problems else len(wanted)
        return problems

    def _find_inventory(self, server: str) -> Inventory | None:
        """The environment of that name, or the one listing that is at hand."""
        if self._inventories is None:
            return None
        names = self._inventories.names
        name = self._inventories.find(server) or (names[0] if len(names) == 1 else None)
        found = self._inventories.open(name) if name else None
        return None if found and found.env and found.env.spec_id != server else found

    def _make_runner(self, inventory: Inventory) -> PlanRunner:
        assert inventory.env is not None
        return PlanRunner(inventory.env, self._worker)

    def _review_link(self, sample: SkyRLSample) -> list[str]:
        origin = sample.extra_info.task_metadata
        link = (origin.plan_origin or origin).raw_reply
        if link is None:
            return []
        path, item = find_file(self._folder, link), link.request_id.split("/")[0]
        if path is None or link.request_id not in self._read_run(path):
            return [f"raw_reply: {link.path} holds no reply {link.request_id!r} that was used"]
        if origin.plan_origin is None and item != sample.reward_spec.ground_truth.task_id:
            return [f"raw_reply: {link.request_id!r} is the reply for another task"]
        self.tally.linked += 1
        return []


def _list_used(path: Path) -> frozenset[str]:
    return frozenset(line["request_id"] for line in read_replies(path) if line["used"])


def compare_truths(held: GroundTruth, made: GroundTruth) -> list[str]:
    """Where a ground truth is not the one that its own plan and extracts give; its facts come from a run."""
    known = {"facts": held.final_reference.facts, "answer_text": held.final_reference.answer_text}
    reference = made.final_reference.model_copy(update=known)
    made = made.model_copy(update={"final_reference": reference})
    old, new = dict(walk_leaves(held.to_json())), dict(walk_leaves(made.to_json()))
    return [
        f"{show_path(path)} is {old.get(path)!r:.80}; plan and extracts give {new.get(path)!r:.80}"
        for path in dict.fromkeys([*old, *new])
        if (path in old, old.get(path)) != (path in new, new.get(path))
    ]


def compare_runs(sample: SkyRLSample, runner: PlanRunner, places: Mapping[str, PlanReference]) -> list[str]:
    """What differs between the recorded run of a plan and one made now."""
    truth, recorded = sample.reward_spec.ground_truth, sample.extra_info.task_metadata.reference_run
    if recorded is None or recorded.certificate is None or not recorded.certificate.passed:
        return ["reference_run does not hold a run with a certificate that passed"]
    if recorded.env_sha256 != runner.sha256:
        return [f"environment {recorded.env_id!r} is not the one in which the plan was executed"]
    wanted = truth.analysis_rubric.final_answer_requirements.must_include
    try:
        ran = runner.run(truth.tool_sequence)
        facts = runner.read_facts(ran, {name: places[name] for name in wanted})
    except InvalidTask as error:
        return [f"the plan does not replay: {error}"]
    steps = runner.report(truth.tool_sequence, ran, None).steps
    problems = [
        f"step {place}: it does not go as recorded"
        for place, (old, new) in enumerate(zip_longest(recorded.steps, steps), start=1)
        if old != new
    ]
    found = {fact.name: fact.value for fact in facts}
    names = dict.fromkeys([*found, *truth.final_reference.facts])
    return problems + [
        f"fact {name!r} is {truth.final_reference.facts.get(name)!r}; the plan gives {found.get(name)!r}"
        for name in names
        if found.get(name) != truth.final_reference.facts.get(name)
    ]


def check_prompt(sample: SkyRLSample) -> list[str]:
    """Whether the prompt offers the plan's tools and teaches the format in which its calls are read.

    A prompt from elsewhere, to which only the plan was added, teaches what it likes.
    """
    origin, said = sample.extra_info.task_metadata, [message.content for message in sample.prompt]
    steps = sample.reward_spec.ground_truth.tool_sequence
    problems = [
        f"tools_available: {name_tool(step)} of step {step.step} is not there"
        for step in steps
        if name_tool(step) not in origin.tools_available
    ]
    if origin.plan_origin is not None:
        return problems
    if any(text != text.strip() for text in said):
        problems.append("prompt: there is white space around a text")
    if sample.extra_info.id != sample.reward_spec.ground_truth.task_id:
        problems.append(f"extra_info.id is {sample.extra_info.id!r}, not the task's")
    try:
        taught = [tool["function"]["name"] for tool in read_system(said[0])[1]]
    except (ValueError, KeyError, TypeError) as error:
        return [
            *problems,
            f"prompt: the system text teaches no tools as `toolworlds/tokens/call_format.py` does: {error}",
        ]
    if taught != [name.rpartition(".")[2] for name in origin.tools_available]:
        problems.append("prompt: the tools of the system text are not those of tools_available")
    calls = [ToolCall(name=step.tool, arguments=step.params) for step in steps]
    if read_message(write_message("", calls)).calls != calls:
        problems.append("prompt: the plan's calls are not read back as they were written")
    return problems


def task_of_sample(sample: SkyRLSample) -> dict[str, Json]:
    """The task that a sample was made of, as far as the sample holds it."""
    truth = sample.reward_spec.ground_truth
    extracts = {step.step: step.extract for step in truth.analysis_rubric.steps}
    wanted = truth.analysis_rubric.final_answer_requirements
    return {
        "task_id": truth.task_id,
        "user_prompt": sample.prompt[1].content,
        "complexity": truth.complexity,
        "max_turns": truth.max_turns,
        "tool_sequence": [
            step.to_json() | {"analysis_requirements": {"extract": extracts.get(step.step, [])}}
            for step in truth.tool_sequence
        ],
        "success": truth.success.to_json(),
        "limits": truth.limits.to_json(),
        "tools_available": sample.extra_info.task_metadata.tools_available,
        "final_answer_requirements": {
            "must_include": wanted.must_include,
            "quality_criteria": wanted.quality_criteria,
        },
        "judge_rubric": truth.judge_rubric.to_json(),
    }
