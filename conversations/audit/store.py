"""Paths, what is done, load, save.

INPUT                                   conversations, one a line; never written
OUTPUT                                  the same conversations with their scores, in the same order
<folder of OUTPUT>/evaluation_report.json  means, gates, domains, patterns
<OUTPUT without .jsonl>/_run/           bookkeeping of the run
<OUTPUT without .jsonl>/_run/judged/<id>-<hash>.json  one judgement; the hash is that of the input line
<OUTPUT without .jsonl>/repairs.jsonl   with --repair: each attempt
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import orjson
from filelock import FileLock

from roles.conversation_judge import Dimension, fail_conversation
from toolworlds.batch.record_files import load_record, parse_record
from toolworlds.batch.run_folder import RunFolder
from toolworlds.records.base import Record
from toolworlds.records.completions import RefusalError, ReplyError
from toolworlds.records.conversations import Conversation, JudgeScores
from utils import UserError, explain_os_errors, list_stems, read_lines, require_slug, write_json

HASH_LENGTH = 12

Strategy = Literal["surgical", "full_rewrite"]
RepairOutcome = Literal["passed", "still_failing", "repair_call_failed"]
"""
passed              the mended conversation passes all gates
still_failing       it is sound and does not pass them
repair_call_failed  no usable repair came: unreadable, or refused by code; or nobody could judge it
"""


class RepairAttempt(Record):
    """One attempt."""

    attempt: int
    """from 1"""
    strategy: Strategy
    dimension_targeted: Dimension
    outcome: RepairOutcome
    scores: JudgeScores | None = None
    reason: str = ""
    """Of a call that failed."""


class Judgement(Record):
    """A conversation with its scores, as the output file will hold it."""

    conversation: Conversation
    repairs: tuple[RepairAttempt, ...] = ()


def read_conversations(path: Path) -> Iterator[Conversation]:
    """The conversations in order; raises UserError for a line that is none, and for an empty file."""
    number = 0
    for number, value in enumerate(read_lines(path), start=1):
        yield parse_record(value, Conversation, f"{path}, conversation {number},")
    if not number:
        raise UserError(f"{path} holds no conversations; run conversations generate first")


class JudgementStore:
    """The file of conversations, and what became of them."""

    def __init__(self, source: Path, target: Path) -> None:
        if source.resolve() == target.resolve():
            raise UserError(f"--output is the input {source}; name another file")
        if target.suffix != ".jsonl":
            raise UserError(f"--output {target} does not end in .jsonl; name such a file")
        self.target = target
        self.report_path = target.with_name("evaluation_report.json")
        self.output_dir = target.with_suffix("")
        self.repairs_path = self.output_dir / "repairs.jsonl"
        self._source = source
        self._judged = self.output_dir / "_run" / "judged"
        self._places = _scan_places(source)

    def check_target(self, force: bool) -> None:
        """Raises UserError where something else stands at OUTPUT that would be written over."""
        if self.target.exists() and not (self.output_dir / "_run").exists() and not force:
            raise UserError(
                f"{self.target} exists and was not written by this command; "
                "choose another --output, or --force to write over it"
            )

    def list_ids(self) -> list[str]:
        """Ids of all conversations, in the order of the file."""
        return list(self._places)

    def list_done(self) -> set[str]:
        """Ids of those that are judged, as they stand in the input now."""
        stems = list_stems(self._judged)
        return {name for name, (_, digest) in self._places.items() if f"{name}-{digest}" in stems}

    def load(self, name: str) -> Conversation:
        """One conversation of the input."""
        with explain_os_errors(self._source), self._source.open("rb") as file:
            file.seek(self._places[name][0])
            return parse_record(orjson.loads(file.readline()), Conversation, f"{self._source}: {name}")

    def save(self, name: str, judgement: Judgement) -> None:
        """Keeps a judgement under the id that the input has."""
        write_json(self._path(name), judgement.to_json())

    def lock(self) -> FileLock:
        """Held while the output is compiled; of several processes the last one sees all judgements."""
        with explain_os_errors(self.output_dir):
            (self.output_dir / "_run").mkdir(parents=True, exist_ok=True)
        return FileLock(self.output_dir / "_run" / "compile.lock")

    def read_judgements(self, judge_model: str) -> Iterator[Judgement]:
        """Every judgement, in the order of the input; conversations nobody has come to yet are left out.

        Where the judge failed, the conversation as it was, without scores and not passed.
        """
        failures, done = RunFolder(self.output_dir).failures(), self.list_done()
        for name in self._places:
            if name in done:
                yield load_record(self._path(name), Judgement)
            elif name in failures and failures[name].kind in (ReplyError.kind, RefusalError.kind):
                scores = fail_conversation(failures[name].message, judge_model)
                update = {"judge_scores": scores, "passed": False}
                yield Judgement(conversation=self.load(name).model_copy(update=update))

    def _path(self, name: str) -> Path:
        return self._judged / f"{name}-{self._places[name][1]}.json"


def _scan_places(source: Path) -> dict[str, tuple[int, str]]:
    """id -> where its line begins, and the line's hash; raises UserError for what is no conversation."""
    places: dict[str, tuple[int, str]] = {}
    position = 0
    with explain_os_errors(source), source.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                name = _read_id(line, f"{source}:{number}")
                if name in places:
                    raise UserError(
                        f"{source}:{number} is a second conversation {name!r}; remove or rename it"
                    )
                places[name] = position, hashlib.sha256(line).hexdigest()[:HASH_LENGTH]
            position += len(line)
    if not places:
        raise UserError(f"{source} holds no conversations; run conversations generate first")
    return places


def _read_id(line: bytes, place: str) -> str:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UserError(f"{place} is not JSON: {error}; repair or remove the line") from error
    match value:
        case {"conversation_id": str(name)}:
            try:
                return require_slug(name)
            except UserError as error:
                raise UserError(f"{place}: {error}") from error
    raise UserError(f"{place} has no conversation_id, so it is no conversation; repair or remove the line")
