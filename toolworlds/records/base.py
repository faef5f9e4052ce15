"""The base of every record that crosses a disk or a model, and the JSON leaves they may hold."""

from typing import Any

from pydantic import BaseModel, ConfigDict

Json = Any
"""A JSON value whose shape is data, not code: an argument, an entity, a schema, a reply."""

Entity = dict[str, Json]
"""One entity of a collection; its id stands inside, under the collection's `id_field`."""


class Record(BaseModel):
    """A frozen record. Unknown keys are refused: a newer file must not be read half."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def to_json(self) -> dict[str, Json]:
        """The record as plain JSON, fields in declaration order."""
        return self.model_dump(mode="json", by_alias=True)


def nests_deeper(value: Json, levels: int) -> bool:
    """Whether objects and lists stand within each other more than so many levels deep."""
    rim = [value]
    for _ in range(levels + 1):
        rim = [
            inner
            for outer in rim
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not rim:
            return False
    return True
