"""One parameter or one leaf of a reply, as far as its values depend on it."""

from dataclasses import dataclass

from toolworlds.records.base import Json
from toolworlds.records.catalogues import Parameter, Side, ValueType

_PYTHON_TYPES: dict[ValueType, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """What the registry says of it, and what a schema and an example add."""

    name: str
    type: ValueType
    kind: str = "other"
    entity: str = ""
    aspect: str = ""
    description: str = ""
    choices: tuple[Json, ...] = ()
    """The enum, if any."""
    example: Json = None
    side: Side = ""
    other_end: str = ""
    """The name of the field beside it that ends its span, or that begins it."""

    @property
    def last_aspect(self) -> str:
        """The aspect without the part it plays: a sender's account id is an id."""
        return self.aspect.rpartition(" ")[2]

    @property
    def is_first(self) -> bool:
        """Whether it is the first end of a span, or the lower bound."""
        return self.side in ("start", "min")

    @property
    def is_last(self) -> bool:
        """Whether it is the last end of a span, or the upper bound."""
        return self.side in ("end", "max")


def describe_parameter(parameter: Parameter) -> Field:
    """A parameter as the field whose values it takes."""
    return Field(
        parameter.name,
        parameter.type,
        parameter.kind,
        parameter.entity,
        parameter.aspect,
        parameter.description,
        tuple(one for one in parameter.enum if isinstance(one, str | int | float)),
        parameter.default if isinstance(parameter.default, str | int | float) else None,
        parameter.side,
    )


def is_of_type(value: Json, type_: ValueType) -> bool:
    """Whether a value is of the type as catalogues name it; true and false are no numbers."""
    return type_ == "boolean" if isinstance(value, bool) else isinstance(value, _PYTHON_TYPES[type_])
