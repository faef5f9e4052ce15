"""The names of fields as a user gives them: on the command line, in a file, or both."""

from collections.abc import Iterable
from pathlib import Path

from utils import UserError, explain_os_errors, slugify

MAX_LENGTH = 80


def collect_fields(names: Iterable[str], file: Path | None) -> list[str]:
    """Every field once, in the order given; raises UserError when there is none, or for a name of no use."""
    listed = [*names, *(_read_names(file) if file else [])]
    fields: dict[str, str] = {}
    for name in map(_tidy, listed):
        known = fields.setdefault(slugify(name), name)
        if known != name:
            raise UserError(f"fields {known!r} and {name!r} would have the same spec ids; rename one")
    if not fields:
        raise UserError("no field was given; add --field NAME or a --fields-file with one name a line")
    return list(fields.values())


def _read_names(file: Path) -> list[str]:
    with explain_os_errors(file):
        data = file.read_bytes()
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8 text: {error}; save it as UTF-8") from error
    return [line for line in lines if line.strip()]


def _tidy(name: str) -> str:
    tidy = " ".join(name.split())
    if len(tidy) > MAX_LENGTH or "/" in tidy or "\\" in tidy or ".." in tidy or not tidy.isprintable():
        raise UserError(f"field {name!r:.100} is no plain name of at most {MAX_LENGTH} characters; rename it")
    return tidy
