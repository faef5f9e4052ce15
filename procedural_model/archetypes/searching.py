"""Search and rank: lists of entities by conditions."""

from typing import Literal

from procedural_model.archetypes.operation import Operation
from records.worlds import Name


class Search(Operation):
    """Entities that meet optional conditions, sorted, a page at a time."""

    archetype: Literal["search"]
    filters: list[Name]
    """Fields to filter by: words, flags and refs by equality, numbers and dates by a range, names by a part."""
    sort: list[Name]
    """Fields to sort by; the first is the default."""
    show: list[Name]
    """Fields of each hit, besides its id."""
    page_size: int = 5


class Rank(Operation):
    """The first few entities by a number or date."""

    archetype: Literal["rank"]
    by: Name
    filters: list[Name] = []
    show: list[Name]
