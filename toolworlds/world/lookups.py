"""Which collections an agent can look around in, knowing the request and no more."""

from toolworlds.language.values import mentions
from toolworlds.records.tasks import RowDraft
from toolworlds.records.worlds import WorldSchema
from toolworlds.world.interface import close_footprint


def find_reachable(row: RowDraft) -> set[str]:
    """Collections of which the request names an id, and those that read tools open up from there.

    A read tool opens the collections of its closed footprint once every id that it requires is one of an open
    collection. Whose id it is, the argument's name tells; an unknown name is no obstacle.
    """
    schema = row.world_schema
    reachable = {
        name
        for name, spec in schema.collections.items()
        if any(mentions(row.summary, e[spec.id_field], "id") for e in row.initial_state.collections[name])
    }
    needs = [
        (
            {_find_collection(schema, argument) for argument in tool.parameters.get("required", [])} - {None},
            set(close_footprint(schema, tool.footprint).reads),
        )
        for tool in row.tools
        if tool.effect == "read"
    ]
    while opened := {name for needed, reads in needs if needed <= reachable for name in reads} - reachable:
        reachable |= opened
    return reachable


def _find_collection(schema: WorldSchema, argument: str) -> str | None:
    """`member_id` is an id of `members`: by a reference field of that name, or by the collection's name."""
    for spec in schema.collections.values():
        if argument in spec.references:
            return spec.references[argument]
    stem = argument.removesuffix("_id")
    named = [name for name in schema.collections if name.rstrip("s") == stem.rstrip("s")]
    return named[0] if named and stem != argument else None
