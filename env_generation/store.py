"""Paths, what is done, load, save.

<output-dir>/<spec_id>.json                       one EnvSpec
<output-dir>/_run/plans/<field>.<part>.json       one part of a field's plan, never changed
"""

from collections.abc import Iterable
from pathlib import Path

from env_generation.plans import FieldPlan, FieldSizes, PlannedSpec, PlanPart
from toolworlds.batch.record_files import load_record
from toolworlds.records.tools import EnvSpec
from utils import create_json, list_stems, slugify, write_json


class SpecStore:
    """The output folder of stage 1."""

    def __init__(self, output_dir: Path) -> None:
        self.output_dir = output_dir
        self._plans = output_dir / "_run" / "plans"

    def done(self) -> set[str]:
        """Ids of the finished specs."""
        return list_stems(self.output_dir)

    def save(self, spec: EnvSpec) -> None:
        """Writes one spec, whole or not at all."""
        write_json(self.output_dir / f"{spec.spec_id}.json", spec.to_json())

    def load_plan(self, field: str) -> FieldPlan:
        """The field's plan as far as it was made; without parts when it was not."""
        parts: list[PlanPart] = []
        while (path := self._part_path(field, len(parts))).exists():
            parts.append(load_record(path, PlanPart))
        return FieldPlan(field, tuple(parts))

    def planned_fields(self, fields: Iterable[str], sizes: FieldSizes) -> set[str]:
        """The fields whose plan covers the sizes."""
        return {field for field in fields if self.load_plan(field).covers(sizes)}

    def planned_specs(self, fields: Iterable[str], sizes: FieldSizes) -> dict[str, PlannedSpec]:
        """What the plans of the fields hold for these sizes, by spec id."""
        return {s.spec_id: s for field in fields for s in self.load_plan(field).select(sizes)}

    def expect_ids(self, fields: Iterable[str], sizes: FieldSizes) -> list[str]:
        """The spec ids to expect of the fields, planned or not yet."""
        return [spec_id for field in fields for spec_id in self.load_plan(field).expect_ids(sizes)]

    def add_part(self, plan: FieldPlan, part: PlanPart) -> None:
        """Adds the next part, unless another process was faster."""
        create_json(self._part_path(plan.field, len(plan.parts)), part.to_json())

    def _part_path(self, field: str, number: int) -> Path:
        return self._plans / f"{slugify(field)}.{number:03d}.json"
