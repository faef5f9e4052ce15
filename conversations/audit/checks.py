"""Everything that a conversation must satisfy, over one record and over a file of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from pydantic import ValidationError

from conversations.audit.metadata import check_metadata, check_scores
from conversations.audit.problems import Problem
from conversations.audit.structure import check_structure
from conversations.audit.truth import CompiledRegistry, check_truth
from toolworlds.records.base import Json
from toolworlds.records.conversations import Conversation
from utils import explain_os_errors


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """One line of a file and what is wrong with it."""

    line: int
    name: str
    """The conversation's id; `?` where it has none."""
    problems: list[Problem]


def check_conversation(conversation: Conversation, registry: CompiledRegistry) -> list[Problem]:
    """All that is wrong with a conversation; [] if it is sound."""
    arguments = registry.trace(conversation)
    return [
        *check_structure(conversation),
        *check_truth(conversation, arguments, registry),
        *check_metadata(conversation, arguments, registry),
        *check_scores(conversation),
    ]


def check_record(value: Json, registry: CompiledRegistry) -> list[Problem]:
    """The same for a JSON value that may be no conversation at all."""
    try:
        conversation = Conversation.model_validate(value)
    except ValidationError as error:
        return [
            Problem("record", f"{'.'.join(map(str, fault['loc'])) or 'top level'}: {fault['msg']}")
            for fault in error.errors()[:5]
        ]
    return check_conversation(conversation, registry)


def check_file(path: Path, registry: CompiledRegistry) -> Iterator[CheckedLine]:
    """Every line of a file, one at a time; raises UserError where the file cannot be read."""
    seen: set[str] = set()
    with explain_os_errors(path), path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _check_line(number, line, registry, seen)


def _check_line(number: int, line: bytes, registry: CompiledRegistry, seen: set[str]) -> CheckedLine:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return CheckedLine(number, "?", [Problem("record", f"no JSON: {error}")])
    problems = check_record(value, registry)
    match value:
        case {"conversation_id": str(name)}:
            if name in seen:
                problems.append(Problem("duplicate_id", f"{name!r} stands in an earlier line as well"))
            seen.add(name)
            return CheckedLine(number, name, problems)
    return CheckedLine(number, "?", problems)
