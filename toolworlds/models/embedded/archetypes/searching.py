"""Search and rank: lists of entities by conditions."""

from typing import Literal

from toolworlds.models.embedded.archetypes.arguments import choice_argument, filter_arguments, paging_argument
from toolworlds.models.embedded.archetypes.operation import Operation
from toolworlds.models.embedded.archetypes.plan import ToolArgument, ToolPlan
from toolworlds.models.embedded.archetypes.replies import computed_fact, field_facts
from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.schemas import kind_of
from toolworlds.records.base import Json
from toolworlds.records.worlds import Name


def filter_constants(arguments: list[ToolArgument], fixed: list[Json] | None = None) -> dict[str, Json]:
    """FILTERS and FIXED of the shared search part."""
    meanings = [argument.meaning for argument in arguments if argument.meaning.kind == "filter"]
    return {"FILTERS": [(m.field, m.comparison, m.name) for m in meanings], "FIXED": fixed or []}


class Search(Operation):
    """Entities that meet optional conditions, sorted, a page at a time."""

    archetype: Literal["search"]
    filters: list[Name]
    """Words, flags and refs are filtered by equality, numbers and dates by a range, names by a part.

    The label is always a filter, so that what people call by it can be found."""
    sort: list[Name]
    """Fields to sort by; the first is the default."""
    show: list[Name]
    """Fields of each hit, besides its id."""
    page_size: int = 5

    def plan(self, domain: Domain) -> ToolPlan:
        """A list with its total."""
        entity, on = domain[self.on], self.on
        label = [entity.label] if entity.label and entity.label not in self.filters else []
        filters = filter_arguments(domain, on, [*label, *self.filters])
        arguments = [
            *filters,
            choice_argument(
                "sort_by", on, "sort_by", "order", self.sort, "Field to sort by.", default=self.sort[0]
            ),
            choice_argument(
                "order",
                on,
                "order",
                "order",
                ["ascending", "descending"],
                "Direction of sorting.",
                default="ascending",
            ),
            paging_argument("page", on, "page", 1, 50, "Page, from 1."),
            paging_argument("page_size", on, "hits per page", self.page_size, 20, "Hits per page."),
        ]
        return ToolPlan(
            name=f"search_{on}",
            description=f"Search {entity.plural} by any mix of conditions; sorted, a page at a time.",
            collection=on,
            arguments=arguments,
            reply={},
            outputs={
                "total": f"number of {entity.plural} that meet the conditions, on all pages",
                on: f"the {entity.plural} of this page: id, {', '.join(self.show)}",
            },
            twin=("searches", "search"),
            constants={**filter_constants(filters), "SHOW": ["id", *self.show]},
            facts=[
                computed_fact("total", "integer", f"number of {entity.plural}"),
                *field_facts(domain, on, self.show, [on, 0], None),
            ],
        )


def say_extremes(domain: Domain, collection: str, field: str) -> tuple[str, str]:
    """What people call the top and the bottom of a field's values: `highest, lowest`."""
    if kind_of(domain, collection, field) in ("day", "moment"):
        return "latest", "earliest"
    return ("most", "fewest") if domain[collection].is_counted(field) else ("highest", "lowest")


class Rank(Operation):
    """The first few entities by a number or date."""

    archetype: Literal["rank"]
    by: Name
    filters: list[Name] = []
    show: list[Name]

    def plan(self, domain: Domain) -> ToolPlan:
        """A short list, best first."""
        entity, on = domain[self.on], self.on
        called, (top, bottom) = entity.called(self.by), say_extremes(domain, on, self.by)
        filters = filter_arguments(domain, on, self.filters)
        arguments = [
            *filters,
            choice_argument(
                "order",
                on,
                self.by,
                called,
                ["highest", "lowest"],
                f"highest: the {top} {called} first; lowest: the {bottom}.",
                default="highest",
            ),
            paging_argument("limit", on, "how many", 3, 10, f"How many {entity.plural}."),
        ]
        return ToolPlan(
            name=f"rank_{on}",
            description=f"List the {entity.plural} with the {top} or {bottom} {called}.",
            collection=on,
            arguments=arguments,
            reply={},
            outputs={on: f"the {entity.plural} in order: id, {', '.join(self.show)}"},
            twin=("searches", "rank"),
            constants={**filter_constants(filters), "BY": self.by, "SHOW": ["id", *self.show]},
            facts=field_facts(domain, on, self.show, [on, 0], None),
        )
