"""The reference language of plans: how a step's params, and the facts of an answer, name earlier outputs.

    ${1.orders[0].id}        in step 1's output the `id` of the first of its `orders`
    ${2}                     all of step 2's output

A path is names behind dots and positions (from 0) in square brackets. A param that is one reference and
nothing else takes the value as it is, whatever its type; references within other text
(`order ${1.id} is late`) are filled in as text, so they must lead to a text, a number or a boolean. A text
cannot hold `${` otherwise. In an `extract` (`order_id = orders[0].id`) the path begins within the step's
own output. Nothing else in the project reads this language.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from toolworlds.records.base import Json
from toolworlds.world.json_paths import NoSuchPath, Steps, format_path, read_path, walk_leaves

_NAME = r"[^\s.\[\]{}$\"'=]+"
_PATH = rf"(?:\.{_NAME}|\[[0-9]{{1,6}}\])*"
_REFERENCE = re.compile(rf"\$\{{([1-9][0-9]{{0,2}})({_PATH})\}}")
_STEP = re.compile(rf"\.({_NAME})|\[([0-9]+)\]")
_OPENED = re.compile(r"\$\{[^}]*\}?")
_EXTRACT = re.compile(rf"\s*([a-z][a-z0-9_]{{0,63}})\s*=\s*((?:{_NAME}|\[[0-9]{{1,6}}\]){_PATH})\s*")


class ReferenceFault(ValueError):  # noqa: N818 - named like the other faults of this project
    """A reference that cannot be read or leads nowhere; the text quotes it."""


@dataclass(frozen=True, slots=True)
class PlanReference:
    """A place in the output of one step."""

    step: int
    path: Steps = ()

    def __str__(self) -> str:
        dot = "." if self.path and isinstance(self.path[0], str) else ""
        return f"${{{self.step}{dot}{format_path(self.path)}}}"

    def read(self, outputs: Mapping[int, Json]) -> Json:
        """What stands there. Raises ReferenceFault."""
        if self.step not in outputs:
            raise ReferenceFault(f"{self}: step {self.step} has no output yet")
        try:
            return read_path(outputs[self.step], self.path)
        except NoSuchPath as error:
            keys = _describe(outputs[self.step])
            raise ReferenceFault(f"{self}: step {self.step} returned {keys}, nothing there") from error


def parse_reference(text: str) -> PlanReference:
    """The reference that is the whole text. Raises ReferenceFault."""
    found = _REFERENCE.fullmatch(text.strip())
    if found is None:
        raise ReferenceFault(f"{text!r:.80} is no reference like ${{1.orders[0].id}}")
    return _make(found)


def parse_extract(text: str) -> tuple[str, Steps]:
    """Name and path of `name = path`. Raises ReferenceFault."""
    found = _EXTRACT.fullmatch(text)
    if found is None:
        raise ReferenceFault(f"{text!r:.80} is not `name = path`, e.g. order_id = orders[0].id")
    path = found[2] if found[2].startswith("[") else f".{found[2]}"
    return found[1], _read_steps(path)


def find_references(text: str) -> list[PlanReference]:
    """All references in a text. Raises ReferenceFault for a `${` that begins none."""
    for opened in _OPENED.finditer(text):
        if not _REFERENCE.fullmatch(opened[0]):
            raise ReferenceFault(f"{opened[0]!r:.80} is no reference like ${{1.orders[0].id}}")
    return [_make(found) for found in _REFERENCE.finditer(text)]


def walk_references(params: Json) -> Iterator[tuple[Steps, list[PlanReference]]]:
    """(path of the leaf, its references) for every text in params that holds any. Raises ReferenceFault."""
    for path, leaf in walk_leaves(params):
        if keys := [key for key in path if isinstance(key, str) and "${" in key]:
            raise ReferenceFault(f"the name {keys[0]!r:.80} holds a reference; only values can")
        if isinstance(leaf, str) and (found := find_references(leaf)):
            yield path, found


def is_reference(text: str) -> bool:
    """Whether the text is one reference and nothing else."""
    return _REFERENCE.fullmatch(text) is not None


def resolve(value: Json, outputs: Mapping[int, Json]) -> Json:
    """The value with every reference filled in from the outputs by step. Raises ReferenceFault."""
    if isinstance(value, dict):
        return {name: resolve(member, outputs) for name, member in value.items()}
    if isinstance(value, list):
        return [resolve(member, outputs) for member in value]
    if not isinstance(value, str):
        return value
    references = find_references(value)
    if is_reference(value):
        return references[0].read(outputs)
    return _REFERENCE.sub(lambda found: _as_text(_make(found), outputs), value)


def _as_text(reference: PlanReference, outputs: Mapping[int, Json]) -> str:
    value = reference.read(outputs)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ReferenceFault(f"{reference} is {_describe(value)}, which cannot stand within a text")
    return str(value)


def _make(found: re.Match[str]) -> PlanReference:
    return PlanReference(int(found[1]), _read_steps(found[2]))


def _read_steps(text: str) -> Steps:
    return tuple(int(place) if place else name for name, place in _STEP.findall(text))


def _describe(value: Json) -> str:
    match value:
        case dict():
            return f"an object with {', '.join(map(str, value)) or 'no fields'}"
        case list():
            return f"a list of {len(value)}"
    return f"{value!r:.40}"
