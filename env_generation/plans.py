"""Plans: which subfields and scenarios of a field become environments, and under which spec ids.

A plan is a series of parts. A part is never changed once written, so that spec ids stay what they are when a
run is resumed; a run with greater sizes adds a part.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from roles.env_generator import Idea
from toolworlds.records.base import Record
from utils import UserError, slugify


@dataclass(frozen=True, slots=True)
class FieldSizes:
    """How much of a field is wanted, at most."""

    subfields: int
    tasks: int
    """Scenarios a subfield."""


class PlannedSpec(Record):
    """One environment to be made."""

    spec_id: str
    field: str
    subfield: Idea
    scenario: Idea


class PlanPart(Record):
    """What one round of planning added, and for which sizes."""

    subfields: int
    """Subfields that were asked for."""
    tasks: int
    """Scenarios a subfield that were asked for."""
    specs: list[PlannedSpec]


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """All parts of one field's plan, in the order they were added."""

    field: str
    parts: tuple[PlanPart, ...] = ()

    @property
    def specs(self) -> list[PlannedSpec]:
        """Every planned spec, in the order of spec ids."""
        return [spec for part in self.parts for spec in part.specs]

    @property
    def subfields(self) -> list[Idea]:
        """The subfields, in the order they came up."""
        return list({slugify(spec.subfield.name): spec.subfield for spec in self.specs}.values())

    def scenarios(self, subfield: Idea) -> list[Idea]:
        """The scenarios of a subfield, in the order they came up."""
        name = slugify(subfield.name)
        return [spec.scenario for spec in self.specs if slugify(spec.subfield.name) == name]

    def covers(self, sizes: FieldSizes) -> bool:
        """Whether these sizes have been asked for already, whatever the answers amounted to."""
        return any(part.subfields >= sizes.subfields and part.tasks >= sizes.tasks for part in self.parts)

    def select(self, sizes: FieldSizes) -> list[PlannedSpec]:
        """The specs of the first scenarios of the first subfields, in the order of spec ids."""
        wanted = {
            (slugify(subfield.name), slugify(scenario.name))
            for subfield in self.subfields[: sizes.subfields]
            for scenario in self.scenarios(subfield)[: sizes.tasks]
        }
        return [s for s in self.specs if (slugify(s.subfield.name), slugify(s.scenario.name)) in wanted]

    def expect_ids(self, sizes: FieldSizes) -> list[str]:
        """The ids of `select`; those of a full answer while the plan does not cover the sizes."""
        if self.covers(sizes):
            return [spec.spec_id for spec in self.select(sizes)]
        return [self._spec_id(n) for n in range(1, sizes.subfields * sizes.tasks + 1)]

    def number(self, added: Iterable[tuple[Idea, Idea]]) -> list[PlannedSpec]:
        """Specs for (subfield, scenario) pairs, numbered on from the last one, e.g. `travel_spec_007`."""
        return [
            PlannedSpec(spec_id=self._spec_id(n), field=self.field, subfield=subfield, scenario=scenario)
            for n, (subfield, scenario) in enumerate(added, start=len(self.specs) + 1)
        ]

    def _spec_id(self, number: int) -> str:
        return f"{slugify(self.field)}_spec_{number:03d}"


def take_new(known: list[Idea], proposed: list[Idea], count: int) -> list[Idea]:
    """The proposed ideas whose names are not known yet, until there are `count` in all."""
    by_name = {slugify(idea.name): idea for idea in known}
    for idea in proposed:
        if len(by_name) < count:
            by_name.setdefault(slugify(idea.name), idea)
    return list(by_name.values())[len(known) :]


def refuse_names(ideas: list[Idea]) -> list[str]:
    """Reasons against the ideas: none at all, or names with nothing in them to make an id of."""
    reasons = [] if ideas else ["the list is empty"]
    for idea in ideas:
        try:
            slugify(idea.name)
        except UserError as error:
            reasons.append(str(error))
    return reasons
