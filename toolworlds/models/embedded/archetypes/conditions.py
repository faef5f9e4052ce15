"""What entities must look like before an operation, and the words of the refusals."""

from collections.abc import Mapping

from toolworlds.models.embedded.entities import CatalogueError, Domain, EntityType
from toolworlds.models.embedded.generators import Where
from toolworlds.records.base import Json

State = tuple[str, str, Where, str]


def sources_of(domain: Domain, collection: str, to: str, given: list[str]) -> list[str]:
    """The statuses from which an entity may move to `to`; raises CatalogueError if there are none."""
    flow = domain[collection].status
    if flow is None:
        raise CatalogueError(f"{collection} has no status to move to {to!r}; give it a flow")
    allowed = [status for status, targets in flow.flow.items() if to in targets]
    wrong = sorted(set(given) - set(allowed))
    if wrong or not allowed:
        raise CatalogueError(f"the flow of {collection} has no step from {wrong or 'anywhere'} to {to!r}")
    return given or allowed


def become(when: Where, to: str) -> dict[str, list[str]]:
    """Every status of `when` moves to `to`."""
    return {str(status): [to] for status in when["status"]}


def different(entity: EntityType, one: str, other: str) -> tuple[str, str, str]:
    """The precondition that two arguments name different entities."""
    return f"the two {entity.plural} must be different ones", f"{one} != {other}", f"`{one}` is `{other}`"


def require(
    domain: Domain, collection: str, argument: str, where: Where, noun: str | None = None
) -> list[State]:
    """The state that an argument's entity must be in; none if it may be in any."""
    if not where:
        return []
    return [(argument, collection, where, f"the {noun or domain[collection].noun} is not {say_where(where)}")]


def require_ref(domain: Domain, collection: str, needs: Mapping[str, Where]) -> list[tuple[str, str]]:
    """Rules about entities that the entity acted on refers to."""
    return [
        (
            f"{ref}.{field} in {values!r}",
            f"the {domain[collection].called(ref)} is not {say_where({field: values})}",
        )
        for ref, where in needs.items()
        for field, values in where.items()
    ]


def say_where(where: Where) -> str:
    """`{status: [open, assigned]}` as `open or assigned`; other fields are named."""
    parts = []
    for field, values in where.items():
        words = " or ".join(_say(value) for value in values)
        named = words in ("true", "false") or field not in ("status",)
        parts.append(f"one with {field.removesuffix('_id').replace('_', ' ')} {words}" if named else words)
    return " and ".join(parts)


def _say(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).replace("_", " ")
