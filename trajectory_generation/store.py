"""Paths, what is done, load, save.

<output-dir>/<task_id>.<k>.json     the k-th rollout of a row, k from 0
<output-dir>/_run/summary.json      solve rates, pass@k, stop reasons, faults, per field
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

from toolworlds.records.base import Json
from toolworlds.records.trajectories import Trajectory
from trajectory_generation.summary import FIGURES, RolloutOutcome
from utils import UserError, list_stems, read_json, write_json


class TrajectoryStore:
    """The output folder of stage 5."""

    def __init__(self, output_dir: Path) -> None:
        self.output_dir = output_dir

    def list_done(self) -> set[str]:
        """Ids of the finished rollouts, `<task_id>.<k>`."""
        return list_stems(self.output_dir)

    def find_invalid(self, rollout_ids: Iterable[str]) -> set[str]:
        """Those of the rollouts whose episode was kept but could not be scored."""
        paths = {rollout_id: self.output_dir / f"{rollout_id}.json" for rollout_id in rollout_ids}
        return {key for key, path in paths.items() if path.exists() and not read_json(path)["valid"]}

    def save(self, trajectory: Trajectory) -> None:
        """Writes one rollout, whole or not at all."""
        path = self.output_dir / f"{trajectory.task_id}.{trajectory.rollout}.json"
        write_json(path, trajectory.to_json())

    def load_outcomes(self) -> Iterator[RolloutOutcome]:
        """What every rollout of the folder came to, in the order of their ids."""
        for stem in sorted(self.list_done()):
            path = self.output_dir / f"{stem}.json"
            content = read_json(path)
            try:
                yield RolloutOutcome(**{field.name: content[field.name] for field in fields(RolloutOutcome)})
            except (KeyError, TypeError) as error:
                raise UserError(f"{path} is no trajectory; move it out of this folder") from error

    def load_figures(self) -> dict[str, Json] | None:
        """The figures of the last summary, unless rollouts came or went since."""
        path = self.output_dir / "_run" / "summary.json"
        summary = read_json(path) if path.exists() else {}
        if summary.get("rollouts") != len(self.list_done()) or not summary.keys() >= set(FIGURES):
            return None
        return {name: summary[name] for name in FIGURES}
