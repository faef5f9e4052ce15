"""Reading one record from one file."""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from toolworlds.errors import UserError
from toolworlds.files import read_json
from toolworlds.records.base import Json, Record

AnyRecord = TypeVar("AnyRecord", bound=Record)


def load_record(path: Path, record_type: type[AnyRecord]) -> AnyRecord:
    """The file as a record; raises UserError for what is no such record or was written by a newer version."""
    return parse_record(read_json(path), record_type, str(path))


def parse_record(value: Json, record_type: type[AnyRecord], place: str) -> AnyRecord:
    """The value read at `place` (a path, a line) as a record; raises UserError like `load_record`."""
    try:
        return record_type.model_validate(value)
    except ValidationError as error:
        raise UserError(_explain(place, value, record_type, error)) from error


def _explain(place: str, value: object, record_type: type[Record], error: ValidationError) -> str:
    known = record_type.model_fields.get("format_version")
    if isinstance(value, dict) and known and (given := value.get("format_version", 1)) != known.default:
        return f"{place} has format_version {given!r}, this version reads {known.default}; update the project"
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"]) or "top level"
    return f"{place} is no {record_type.__name__}: {where}: {first['msg']}; re-run the stage that wrote it"
