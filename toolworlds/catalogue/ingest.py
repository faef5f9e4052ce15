"""Raw parse of catalogues: which entry stands where, under which of its names. Nothing is interpreted.

A catalogue is a JSON file (a list of tools, `{"tools": […]}` or one tool), a JSONL file with one tool a line,
or a folder tree of such files, where a tool without a category has the name of its folder.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from toolworlds.errors import UserError
from toolworlds.files import explain_os_errors
from toolworlds.records.base import Json

SUFFIXES = {".json", ".jsonl", ".ndjson"}

TOOL_NAME = ("tool_name", "name")
TOOL_DESCRIPTION = ("tool_description", "description")
CATEGORY = ("category", "tool_category", "category_name")
ENDPOINTS = ("api_list", "apis", "endpoints")
ENDPOINT_NAME = ("name", "endpoint_name", "api_name")
ENDPOINT_DESCRIPTION = ("description", "api_description")
BODY = ("body", "test_endpoint")
TEMPLATE = ("template_response", "returns", "response")
PARAMETER_LISTS = (("required_parameters", True), ("optional_parameters", False), ("parameters", None))
"""key -> whether its parameters are required; None: each says so itself, under `required`."""
MAX_NESTING = 100
"""Levels of an entry; deeper ones could be neither compared nor written."""


@dataclass(frozen=True, slots=True)
class RawParameter:
    """A parameter as written."""

    name: Json
    type: Json
    description: Json
    required: Json
    enum: Json
    default: Json


@dataclass(frozen=True, slots=True)
class RawEndpoint:
    """An endpoint as written."""

    place: str
    name: Json
    description: Json
    method: Json
    parameters: list[RawParameter]
    schema: Json
    body: Json
    template: Json


@dataclass(frozen=True, slots=True)
class RawTool:
    """A tool as written."""

    place: str
    """File, and the position in it: `Travel/sky.json#0`."""
    name: Json
    description: Json
    category: Json
    """None: neither the tool nor a folder names one."""
    endpoints: list[RawEndpoint]


@dataclass(frozen=True, slots=True)
class Reject:
    """What was skipped, where, and why."""

    place: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """As the manifest lists it."""
        return {"place": self.place, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class RawCatalogue:
    """All that could be read."""

    tools: list[RawTool] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    """file (relative to what was given) -> sha256 of its bytes"""

    def reject(self, place: str, reason: str) -> None:
        """Notes what is skipped."""
        self.rejects.append(Reject(place, reason))


def read_catalogue(path: Path) -> RawCatalogue:
    """Reads all tools below `path`; raises UserError when there is no file to read, or no tool in any."""
    catalogue = RawCatalogue()
    for file in _list_files(path):
        name = _spell(file.relative_to(path).as_posix() if path.is_dir() else file.name)
        with explain_os_errors(file):
            data = file.read_bytes()
        catalogue.inputs[name] = hashlib.sha256(data).hexdigest()
        folder = _spell(file.parent.name) if file.parent != path and path.is_dir() else None
        for place, value in _parse(name, data, catalogue):
            _read_tools(value, place, folder, catalogue)
    if not catalogue.tools:
        reasons = "".join(f"; {reject.place}: {reject.reason}" for reject in catalogue.rejects[:3])
        raise UserError(f"{path} holds no tool{reasons}; give a catalogue in ToolBench's format")
    return catalogue


def _list_files(path: Path) -> list[Path]:
    if not path.exists():
        raise UserError(f"catalogue {path} does not exist; check --data")
    if path.is_file():
        return [path]
    files = [file for file in _walk(path) if file.suffix.lower() in SUFFIXES and file.is_file()]
    if not files:
        raise UserError(f"folder {path} holds no .json or .jsonl file; check --data")
    return sorted(files, key=lambda file: file.relative_to(path).as_posix())


def _walk(path: Path) -> Iterator[Path]:
    """The files below a folder, through links as well; no folder is read twice."""
    seen = set()
    for folder, below, names in os.walk(path, followlinks=True):
        if (real := os.path.realpath(folder)) in seen:
            below.clear()
            continue
        seen.add(real)
        yield from (Path(folder, name) for name in names)


def _spell(name: str) -> str:
    """A file's name as text, also where its bytes are none."""
    return os.fsencode(name).decode(errors="replace")


def _parse(name: str, data: bytes, catalogue: RawCatalogue) -> Iterator[tuple[str, Json]]:
    """The JSON values of a file with the place of each; what is no JSON is rejected."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    whole = Path(name).suffix.lower() == ".json"
    pieces = [(name, data)] if whole else _number_lines(name, data)
    for place, piece in pieces:
        try:
            yield place, orjson.loads(piece)
        except orjson.JSONDecodeError as error:
            catalogue.reject(place, f"no JSON: {error}")


def _number_lines(name: str, data: bytes) -> list[tuple[str, bytes]]:
    lines = enumerate(data.split(b"\n"), start=1)
    return [(f"{name}:{number}", line) for number, line in lines if line.strip()]


def _read_tools(value: Json, place: str, folder: str | None, catalogue: RawCatalogue) -> None:
    if isinstance(value, dict) and isinstance(value.get("tools"), list):
        value = value["tools"]
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        catalogue.reject(place, f"neither a tool nor a list of tools but {_shorten(value)}")
        return
    for number, entry in enumerate(value):
        tool = _read_tool(entry, f"{place}#{number}", folder, catalogue)
        if tool:
            catalogue.tools.append(tool)


def _read_tool(entry: Json, place: str, folder: str | None, catalogue: RawCatalogue) -> RawTool | None:
    if not isinstance(entry, dict):
        catalogue.reject(place, f"a tool must be an object, not {_shorten(entry)}")
        return None
    if _nests({key: value for key, value in entry.items() if key not in ENDPOINTS}, MAX_NESTING):
        catalogue.reject(place, f"a tool may nest {MAX_NESTING} levels deep at most")
        return None
    listed = _find(entry, ENDPOINTS)
    if not isinstance(listed, list) or not listed:
        catalogue.reject(place, f"no list of endpoints (api_list is {_shorten(listed)})")
        return None
    read = (_read_endpoint(api, f"{place}/{number}", catalogue) for number, api in enumerate(listed))
    endpoints = [endpoint for endpoint in read if endpoint]
    if not endpoints:
        catalogue.reject(place, "none of its endpoints can be read")
        return None
    category = _find(entry, CATEGORY)
    return RawTool(
        place=place,
        name=_find(entry, TOOL_NAME),
        description=_find(entry, TOOL_DESCRIPTION),
        category=folder if category in (None, "") else category,
        endpoints=endpoints,
    )


def _read_endpoint(entry: Json, place: str, catalogue: RawCatalogue) -> RawEndpoint | None:
    if not isinstance(entry, dict):
        catalogue.reject(place, f"an endpoint must be an object, not {_shorten(entry)}")
        return None
    if _nests(entry, MAX_NESTING):
        catalogue.reject(place, f"an endpoint may nest {MAX_NESTING} levels deep at most")
        return None
    parameters = []
    for key, required in PARAMETER_LISTS:
        listed = entry.get(key) or []
        if not isinstance(listed, list):
            catalogue.reject(place, f"{key} must be a list, not {_shorten(listed)}")
            return None
        for number, parameter in enumerate(listed):
            if isinstance(parameter, dict):
                parameters.append(_read_parameter(parameter, required))
            elif required:
                catalogue.reject(place, f"{key}[{number}] must be an object, not {_shorten(parameter)}")
                return None
            else:
                catalogue.reject(f"{place}/{key}[{number}]", f"no object but {_shorten(parameter)}")
    return RawEndpoint(
        place=place,
        name=_find(entry, ENDPOINT_NAME),
        description=_find(entry, ENDPOINT_DESCRIPTION),
        method=entry.get("method"),
        parameters=parameters,
        schema=entry.get("schema"),
        body=_find(entry, BODY),
        template=_find(entry, TEMPLATE),
    )


def _read_parameter(entry: dict[str, Json], required: bool | None) -> RawParameter:
    return RawParameter(
        name=entry.get("name"),
        type=entry.get("type"),
        description=entry.get("description"),
        required=entry.get("required", False) if required is None else required,
        enum=entry.get("enum"),
        default=entry.get("default"),
    )


def _find(entry: dict[str, Json], names: Sequence[str]) -> Json:
    """The value under the first of its names that is there."""
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def _nests(value: Json, levels: int) -> bool:
    """Whether a value nests deeper than so many levels."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_nests(some, levels - 1) for some in inner)


def _shorten(value: Json) -> str:
    return repr(value)[:60]
