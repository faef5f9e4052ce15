"""A first look over an input: what is exported, what is left out and why, and what goes to which split."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import orjson

from dataset_export.inputs import Input, Spot
from dataset_export.settings import ExportSettings, Selection
from dataset_export.sources.kind import Head, RankedRollout
from dataset_export.splits import Shares, assign_splits
from toolworlds.records.base import Json
from utils import UserError

Found = tuple[Spot, Head]


@dataclass(slots=True)
class Survey:
    """What is exported, in the order of the input."""

    read: int
    """Records in the input."""
    left_out: Counter[str]
    """reason -> records"""
    spots: list[tuple[Spot, str]]
    """(where a record stands, its split)"""
    environments: dict[str, str]
    """environment -> split"""
    shares: Shares
    """split -> its share, as asked for or as the records were made"""
    with_tokens: int
    """Exported records whose token ids are known."""
    prompts: dict[str, Json] = field(default_factory=dict)
    """prompt -> version and hash, of all exported records"""


def survey_input(source: Input, settings: ExportSettings) -> Survey:
    """Looks at every record once. Raises UserError where nothing would be exported, or splits do not fit."""
    left_out: Counter[str] = Counter()
    read, kept = _read_heads(source, left_out)
    chosen = list(_choose(kept, settings, left_out))
    if not chosen:
        raise UserError(_explain_nothing(f"{read} {source.kind.noun}", left_out))
    heads = [head for _, head in chosen]
    environments, shares = _split(heads, settings, source.kind.noun)
    return Survey(
        read=read,
        left_out=left_out,
        spots=[(spot, environments[head.environment]) for spot, head in chosen],
        environments=environments,
        shares=shares,
        with_tokens=sum(head.has_tokens for head in heads),
        prompts=_collect_prompts({head.provenance for head in heads}),
    )


def _read_heads(source: Input, left_out: Counter[str]) -> tuple[int, list[Found]]:
    """(records, those of them that count): of several with one id the last."""
    kept: dict[str, Found] = {}
    provenances: dict[bytes, bytes] = {}
    environments: dict[str, str] = {}
    read = 0
    for spot, data in source.scan():
        read += 1
        head = _share(source.kind.read_head(data, str(spot)), provenances, environments)
        if kept.pop(head.id, None):
            left_out["an earlier record of the same id"] += 1
        kept[head.id] = (spot, head)
    return read, list(kept.values())


def _share(head: Head, provenances: dict[bytes, bytes], environments: dict[str, str]) -> Head:
    """The head with what many have in common held once."""
    return replace(
        head,
        provenance=provenances.setdefault(head.provenance, head.provenance),
        environment=environments.setdefault(head.environment, head.environment),
    )


def _choose(found: list[Found], settings: ExportSettings, left_out: Counter[str]) -> Iterator[Found]:
    best = _find_best(head.outcome for _, head in found if head.outcome)
    for spot, head in found:
        if head.procedural and not settings.include_procedural:
            left_out["procedural"] += 1
        elif reason := _explain_choice(head.outcome, settings.select, best):
            left_out[reason] += 1
        else:
            yield spot, head


def _find_best(outcomes: Iterable[RankedRollout]) -> dict[str, tuple[int, int]]:
    """task -> cost of its best solved rollout."""
    best: dict[str, tuple[int, int]] = {}
    for outcome in outcomes:
        if outcome.solved:
            best[outcome.task_id] = min(best.get(outcome.task_id, outcome.cost), outcome.cost)
    return best


def _explain_choice(
    outcome: RankedRollout | None, selection: Selection, best: dict[str, tuple[int, int]]
) -> str:
    """Why a record is not taken; empty if it is."""
    if outcome is None:
        return ""
    if not outcome.valid:
        return "an invalid episode"
    if selection != "all" and not outcome.solved:
        return "not solved"
    if selection == "best-of" and outcome.cost != best[outcome.task_id]:
        return "not the best of its task"
    return ""


def _explain_nothing(what: str, left_out: Counter[str]) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.most_common())
    if left_out["procedural"]:
        advice = "--include-procedural takes what the embedded model made"
    else:
        advice = "--select all takes unsolved ones too"
    return f"nothing to export: all {what} are left out ({reasons}); {advice}"


def _split(heads: list[Head], settings: ExportSettings, noun: str) -> tuple[dict[str, str], Shares]:
    """environment -> split, and the splits' shares; records that were made for a split stay in it."""
    made = Counter(head.split for head in heads if head.split)
    if not made:
        counts = Counter(head.environment for head in heads)
        shares = settings.shares or {"train": 1.0}
        return assign_splits(counts, shares, settings.seed), shares
    if settings.shares:
        raise UserError(f"these {noun} were made for the splits {', '.join(sorted(made))}; leave out --split")
    shares = {split: made[split] / len(heads) for split in sorted(made)}
    return {head.environment: head.split for head in heads}, shares


def _collect_prompts(provenances: Iterable[bytes]) -> dict[str, Json]:
    prompts: dict[str, Json] = {}
    for provenance in provenances:
        _gather(orjson.loads(provenance or b"null"), prompts)
    return dict(sorted(prompts.items()))


def _gather(value: Json, prompts: dict[str, Json]) -> None:
    if isinstance(value, dict):
        prompts.update(value.get("prompts") or {})
        for inner in value.values():
            _gather(inner, prompts)
