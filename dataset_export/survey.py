"""A first look over an input: what is exported, what is left out and why, and what goes to which split."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import orjson

from dataset_export.inputs import Input, Spot
from dataset_export.sources.kind import Head, Outcome
from dataset_export.splits import Shares, assign_splits
from records.base import Json
from utils import UserError

Selection = Literal["solved", "best-of", "all"]


@dataclass(slots=True)
class Survey:
    """What is exported, in the order of the input."""

    spots: list[tuple[Spot, str]] = field(default_factory=list)
    """(where a record stands, its environment)"""
    left_out: Counter[str] = field(default_factory=Counter)
    """reason -> records"""
    splits: dict[str, str] = field(default_factory=dict)
    """environment -> split"""
    prompts: dict[str, Json] = field(default_factory=dict)
    """prompt -> version and hash, of all exported records"""
    read: int = 0
    """records in the input"""


def survey_input(
    source: Input, selection: Selection, include_procedural: bool, shares: Shares, seed: int
) -> Survey:
    """Looks at every record once. Raises UserError where nothing would be exported."""
    survey = Survey()
    kept: dict[str, tuple[Spot, Head]] = {}
    origins: dict[bytes, bytes] = {}  # few differ, so each is held once
    for spot, data in source.scan():
        survey.read += 1
        head = source.kind.read_head(data, str(spot))
        head = replace(head, provenance=origins.setdefault(head.provenance, head.provenance))
        if kept.pop(head.id, None):
            survey.left_out["an earlier record of the same id"] += 1
        kept[head.id] = (spot, head)
    chosen = list(_choose(kept.values(), selection, include_procedural, survey.left_out))
    _refuse_nothing(source, survey, bool(chosen))
    counts = Counter(head.environment for _, head in chosen)
    survey.splits = assign_splits(counts, shares, seed)
    survey.spots = [(spot, head.environment) for spot, head in chosen]
    survey.prompts = _collect_prompts(head.provenance for _, head in chosen)
    return survey


def _choose(
    heads: Iterable[tuple[Spot, Head]], selection: Selection, include_procedural: bool, left_out: Counter[str]
) -> Iterator[tuple[Spot, Head]]:
    heads = list(heads)
    best = _find_best(head.outcome for _, head in heads if head.outcome)
    for spot, head in heads:
        if head.procedural and not include_procedural:
            left_out["procedural"] += 1
        elif reason := _explain_choice(head.outcome, selection, best):
            left_out[reason] += 1
        else:
            yield spot, head


def _find_best(outcomes: Iterable[Outcome]) -> dict[str, tuple[int, int]]:
    """task -> cost of its best solved rollout."""
    best: dict[str, tuple[int, int]] = {}
    for outcome in outcomes:
        if outcome.solved:
            best[outcome.task_id] = min(best.get(outcome.task_id, outcome.cost), outcome.cost)
    return best


def _explain_choice(outcome: Outcome | None, selection: Selection, best: dict[str, tuple[int, int]]) -> str:
    """Why a rollout is not taken; empty if it is."""
    if outcome is None:
        return ""
    if not outcome.valid:
        return "an invalid episode"
    if selection != "all" and not outcome.solved:
        return "not solved"
    if selection == "best-of" and outcome.cost != best[outcome.task_id]:
        return "not the best of its task"
    return ""


def _refuse_nothing(source: Input, survey: Survey, any_left: bool) -> None:
    if any_left:
        return
    reasons = ", ".join(f"{count} {reason}" for reason, count in survey.left_out.most_common())
    advice = "--include-procedural" if survey.left_out["procedural"] else "--select all"
    raise UserError(
        f"nothing to export: all {survey.read} {source.kind.noun} are left out ({reasons}); try {advice}"
    )


def _collect_prompts(provenances: Iterable[bytes]) -> dict[str, Json]:
    prompts: dict[str, Json] = {}
    for provenance in set(provenances):
        _gather(orjson.loads(provenance or b"null"), prompts)
    return dict(sorted(prompts.items()))


def _gather(value: Json, prompts: dict[str, Json]) -> None:
    if isinstance(value, dict):
        prompts.update(value.get("prompts", {}))
        for inner in value.values():
            _gather(inner, prompts)
