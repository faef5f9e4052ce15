"""The catalogue: fields, their subfields, and what people do there, read from `catalogue/*.yml`."""

import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field as Bound
from pydantic import ValidationError

from toolworlds.errors import UserError
from toolworlds.ids import slugify
from toolworlds.models.embedded.archetypes.any import AnyOperation
from toolworlds.models.embedded.entities import EntityType
from toolworlds.records.base import Record
from toolworlds.records.worlds import Name

FOLDER = Path(__file__).parent / "catalogue"


class UnknownField(UserError):  # noqa: N818 — reads as what happened
    """No file of the catalogue describes this field."""


class SubfieldScenario(Record):
    """A side of a subfield: what some people do there."""

    name: str
    description: str
    favours: list[Name] = []
    """Names of tools that belong to it; others may join them."""


class Subfield(Record):
    """One world: its things, its rules, and the operations on it."""

    name: str
    description: str
    clock: datetime
    """Worlds begin within some weeks of it."""
    scenarios: Annotated[list[SubfieldScenario], Bound(min_length=2, max_length=4)]
    policy: list[str]
    """Rules of the house in sentences; whatever they demand, the operations enforce."""
    entities: Annotated[dict[Name, EntityType], Bound(min_length=3)]
    operations: Annotated[list[AnyOperation], Bound(min_length=10, max_length=24)]


class FieldRecord(Record):
    """One file of the catalogue."""

    field: str
    subfields: Annotated[list[Subfield], Bound(min_length=4)]


class CatalogueLoader(yaml.CSafeLoader):
    """YAML in which `on`, `no`, `yes` and dates are plain words; booleans are `true` and `false`."""


CatalogueLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
CatalogueLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), ["t", "f"])


@lru_cache(maxsize=1)
def known_fields() -> dict[str, str]:
    """slug -> name of every field of the catalogue, sorted."""
    return {path.stem: _read_name(path) for path in sorted(FOLDER.glob("*.yml"))}


def _read_name(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline().removeprefix("field:").strip()


@lru_cache(maxsize=32)
def load_field(name: str) -> FieldRecord:
    """The field of that name, in any spelling that gives the same slug; raises UnknownField, UserError."""
    slug = slugify(name)
    if slug not in known_fields():
        known = ", ".join(known_fields().values())
        raise UnknownField(f"the procedural model knows no field {name!r}; choose one of: {known}")
    return read_field(FOLDER / f"{slug}.yml")


def read_field(path: Path) -> FieldRecord:
    """Reads and checks one file of the catalogue; raises UserError with the place of the first mistake."""
    try:
        with path.open(encoding="utf-8") as file:
            return FieldRecord.model_validate(yaml.load(file, Loader=CatalogueLoader))
    except yaml.YAMLError as error:
        raise UserError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UserError(f"{path.name}: {place}: {first['msg']} (got {str(first['input'])[:80]})") from error
