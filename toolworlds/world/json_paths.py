"""Steps into JSON values: walking to every leaf, reading and replacing at a path, renaming ids."""

from collections.abc import Iterator, Mapping, Sequence

from toolworlds.records.base import Json

Steps = tuple[str | int, ...]
"""A path, hashable."""


class NoSuchPath(LookupError):  # noqa: N818 - says that a value has no such place
    """The value holds nothing at the path."""


def walk_leaves(value: Json, path: Steps = ()) -> Iterator[tuple[Steps, Json]]:
    """(path, leaf) of every scalar, and of every empty list or object, in the value's order."""
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from walk_leaves(member, (*path, name))
    elif isinstance(value, list) and value:
        for place, member in enumerate(value):
            yield from walk_leaves(member, (*path, place))
    else:
        yield path, value


def list_texts(value: Json) -> set[str]:
    """The strings in a JSON value, at any depth."""
    return {leaf for _, leaf in walk_leaves(value) if isinstance(leaf, str)}


def read_path(value: Json, path: Sequence[str | int]) -> Json:
    """What the value holds at the path. Raises NoSuchPath."""
    for step in path:
        inside = isinstance(value, dict) if isinstance(step, str) else isinstance(value, list)
        if not inside or (step not in value if isinstance(step, str) else not 0 <= step < len(value)):
            raise NoSuchPath(f"nothing at {show_path(path)}")
        value = value[step]
    return value


def replace_at(value: Json, path: Steps, leaf: Json) -> Json:
    """A copy of the value with another leaf at an existing path."""
    if not path:
        return leaf
    copy: Json = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replace_at(copy[path[0]], path[1:], leaf)
    return copy


def rename(value: Json, renaming: Mapping[str, str]) -> Json:
    """The value with every string that is a key of `renaming` replaced."""
    if isinstance(value, dict):
        return {name: rename(member, renaming) for name, member in value.items()}
    if isinstance(value, list):
        return [rename(member, renaming) for member in value]
    return renaming.get(value, value) if isinstance(value, str) else value


def format_path(path: Sequence[str | int]) -> str:
    """The path with its positions in brackets, e.g. `orders[0].id`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def show_path(path: Sequence[str | int]) -> str:
    """The path as people read it, e.g. `items.0.sku`."""
    return ".".join(str(step) for step in path)
