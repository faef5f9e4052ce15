"""The funnel of a pipeline's folder: what came out of each stage, read from its `_run/summary.json`."""

from collections.abc import Iterator
from pathlib import Path

from toolworlds.records.base import Json
from utils import read_json


def describe_funnel(output_dir: Path) -> Iterator[str]:
    """One line a stage, in order; stages that never ran are left out."""
    made = _read_summary(output_dir / "env_specs").get("released")
    if made is not None:  # None until the fields are planned and specs were begun
        yield f"environments     {made}"
    if audited := _read_summary(output_dir / "audit"):
        yield f"tools kept       {audited['tools_kept']}, dropped {audited['tools_dropped']}"
    if chained := _read_summary(output_dir / "sequences"):
        yield f"sequences        {chained['sequences']}, refused {sum(chained['rejected'].values())}"
    if grown := _read_summary(output_dir / "tasks"):
        yield f"tasks grown      {grown['grown']}, abandoned {grown['abandoned']}"
    if released := _read_summary(output_dir):
        yield f"rows released    {released['released']}, rejected {released['rejected']}"
    if rolled := _read_summary(output_dir / "trajectories"):
        yield f"rollouts solved  {rolled['solved']} of {rolled['rollouts']}"


def count_released(stage_dir: Path) -> int | None:
    """What a generating stage has for the next one; None for other stages."""
    released: int | None = _read_summary(stage_dir).get("released")
    return released


def _read_summary(stage_dir: Path) -> dict[str, Json]:
    path = stage_dir / "_run" / "summary.json"
    summary: dict[str, Json] = read_json(path) if path.exists() else {}
    return summary
