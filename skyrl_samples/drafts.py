"""From what a model drafted to a task: its facts become extracts and requirements, each with its place."""

from collections import defaultdict

from roles.sample_writer import PlanDraft
from skyrl_samples.plan_references import PlanReference, ReferenceFault, parse_reference
from skyrl_samples.tasks import InvalidTask
from toolworlds.records.base import Json
from toolworlds.world.json_paths import format_path


def read_draft_facts(draft: PlanDraft) -> dict[str, PlanReference]:
    """Fact -> place. Raises InvalidTask."""
    facts: dict[str, PlanReference] = {}
    reasons = []
    for fact in draft.facts:
        try:
            reference = parse_reference(fact.place)
        except ReferenceFault as fault:
            reasons.append(f"facts: {fact.name}: {fault}")
            continue
        if fact.name in facts:
            reasons.append(f"facts: {fact.name!r} is there twice; give each its own name")
        elif not 1 <= reference.step <= len(draft.tool_sequence):
            reasons.append(f"facts: {fact.name}: {reference}: the plan has no step {reference.step}")
        elif not reference.path:
            reasons.append(f"facts: {fact.name}: {reference} is a whole output; name the place of one value")
        facts.setdefault(fact.name, reference)
    if reasons:
        raise InvalidTask(reasons)
    return facts


def task_of(draft: PlanDraft, task_id: str, request: str, **known: Json) -> dict[str, Json]:
    """The draft in the task schema, with what else is known of the task. Raises InvalidTask."""
    extracts: dict[int, list[str]] = defaultdict(list)
    facts = read_draft_facts(draft)
    for name, reference in facts.items():
        extracts[reference.step].append(f"{name} = {format_path(reference.path)}")
    steps = [
        step.to_json() | {"analysis_requirements": {"extract": extracts[place]}}
        for place, step in enumerate(draft.tool_sequence, start=1)
    ]
    return {
        "task_id": task_id,
        "user_prompt": request,
        "tool_sequence": steps,
        "success": {"must_call_tool": draft.must_call_tool},
        "assumptions": draft.assumptions,
        "final_answer_requirements": {
            "must_include": list(facts),
            "quality_criteria": draft.quality_criteria,
        },
        **known,
    }
