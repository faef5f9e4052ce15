"""Whether a finished sample keeps what it promises: schema, plan, facts, raw reply, run in the world."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from records.base import Json
from records.samples import GroundTruth, SkyRLSample
from records.tools import ToolCall
from roles.call_format import read_message, read_system, write_message
from skyrl_generation.execution import PlanRunner
from skyrl_generation.inventory import Inventory
from skyrl_generation.plan_references import ReferenceFault, parse_reference
from skyrl_generation.raw_replies import read_replies
from skyrl_generation.sample_schema import find_schema_problems
from skyrl_generation.tasks import InvalidTask, check_task, list_facts, read_task

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
    """Reviews the samples of one file; `runners` are the environments at hand, by id."""

    def __init__(
        self, folder: Path, inventories: Mapping[str, Inventory], runners: Mapping[str, PlanRunner]
    ) -> None:
        self._folder = folder
        self._inventories = inventories
        self._runners = runners
        self._read_run = lru_cache(RUNS_KEPT)(self._list_used)

    def review(self, value: Json, tally: Tally) -> list[str]:
        """Problems of one sample; [] if there are none."""
        tally.samples += 1
        if problems := find_schema_problems(value):
            return problems
        try:
            sample = SkyRLSample.model_validate(value)
        except ValidationError as error:
            return [str(error)]
        problems = self._review_plan(sample, tally)
        problems += self._review_link(sample, tally)
        problems += check_call_format(sample)
        tally.valid += not problems
        return problems

    def _review_plan(self, sample: SkyRLSample, tally: Tally) -> list[str]:
        truth, run = sample.reward_spec.ground_truth, sample.extra_info.task_metadata.reference_run
        wanted = truth.analysis_rubric.final_answer_requirements.must_include
        tally.facts += len(wanted)
        try:
            task = read_task(task_of_sample(sample))
            problems = check_task(task, self._inventories.get(run.env_id if run else ""))
            places = dict(list_facts(task))
        except (InvalidTask, ReferenceFault) as error:
            return [str(error)]
        resolved = [
            name
            for name in wanted
            if name in places and str(places[name]) == truth.final_reference.citations.get(name)
        ]
        problems += [f"must_include: {name!r} has no citation" for name in wanted if name not in resolved]
        if run is not None and run.env_id in self._runners:
            tally.executable += 1
            wrong = self._replay(truth, sample, self._runners[run.env_id])
            tally.replayed += not wrong
            problems += wrong
            resolved = [] if wrong else resolved
        tally.facts_resolved += len(resolved)
        return problems

    def _replay(self, truth: GroundTruth, sample: SkyRLSample, runner: PlanRunner) -> list[str]:
        """What differs between the recorded run and one made now."""
        recorded = sample.extra_info.task_metadata.reference_run
        assert recorded is not None
        if recorded.env_sha256 != runner.sha256:
            return [f"environment {recorded.env_id!r} is not the one in which the plan was executed"]
        try:
            ran = runner.run(truth.tool_sequence)
        except InvalidTask as error:
            return [f"the plan does not replay: {error}"]
        problems = [
            f"step {step.step}: its arguments are not the recorded ones"
            for step, call in zip(recorded.steps, ran.calls, strict=True)
            if step.args != call.arguments
        ]
        for name, cited in truth.final_reference.citations.items():
            if parse_reference(cited).read(ran.outputs) != truth.final_reference.facts.get(name):
                problems.append(f"fact {name!r} is not what {cited} holds")
        return problems

    def _review_link(self, sample: SkyRLSample, tally: Tally) -> list[str]:
        origin = sample.extra_info.task_metadata
        link = (origin.plan_origin or origin).raw_reply
        if link is None:
            return []
        path = self._folder / link.path
        if not path.is_file() or link.request_id not in self._read_run(path):
            return [f"raw_reply: {link.path} holds no reply {link.request_id!r} that was used"]
        tally.linked += 1
        return []

    def _list_used(self, path: Path) -> frozenset[str]:
        return frozenset(line["request_id"] for line in read_replies(path) if line["used"])


def check_call_format(sample: SkyRLSample) -> list[str]:
    """Whether every call of the plan, written as the system text teaches, is read back as the same call."""
    try:
        read_system(sample.prompt[0].content)
    except ValueError:
        return []  # a prompt from elsewhere teaches what it likes
    problems = []
    for step in sample.reward_spec.ground_truth.tool_sequence:
        call = ToolCall(name=step.tool, arguments=step.params)
        if read_message(write_message("", [call])).calls != [call]:
            problems.append(f"step {step.step}: the call is not read back as it was written")
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
    }
