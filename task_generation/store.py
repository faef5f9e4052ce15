"""Paths, what is done, load, save.

    <output-dir>/<task_id>.json                         the task, rewritten after every accepted turn
    <output-dir>/_run/unfinished/<task_id>.growing      its last turn is still to come
    <output-dir>/_run/unfinished/<task_id>.abandoned    it was given up

The marks tell finished tasks from unfinished ones without opening a million files.
"""

from pathlib import Path

from toolworlds.batch.record_files import load_record
from toolworlds.records.tasks import SequenceSet, Task
from toolworlds.records.tools import EnvSpec
from utils import UserError, list_stems, write_bytes_atomic, write_json


class TaskStore:
    """The folders of stage 3b."""

    def __init__(self, env_specs_dir: Path, sequences_dir: Path, output_dir: Path) -> None:
        self.output_dir = output_dir
        self._env_specs_dir = env_specs_dir
        self._sequences_dir = sequences_dir
        self._unfinished = output_dir / "_run" / "unfinished"

    def list_sequence_sets(self) -> list[str]:
        """Ids of the specs that have sequences."""
        found = sorted(list_stems(self._sequences_dir))
        if not found:
            raise UserError(
                f"{self._sequences_dir} holds no sequences; run task_generation.build_sequences first"
            )
        return found

    def load_sequences(self, spec_id: str) -> SequenceSet:
        """The chains of one environment."""
        return load_record(self._sequences_dir / f"{spec_id}.json", SequenceSet)

    def load_spec(self, spec_id: str) -> EnvSpec:
        """The environment of a sequence set."""
        return load_record(self._env_specs_dir / f"{spec_id}.json", EnvSpec)

    def list_done(self, *, retry_abandoned: bool) -> set[str]:
        """Ids of the tasks that reached a verdict."""
        open_again = self._list_marked("abandoned") if retry_abandoned else set()
        return list_stems(self.output_dir) - self._list_marked("growing") - open_again

    def count_by_status(self) -> dict[str, int]:
        """status -> how many tasks of the folder have it."""
        growing = self._list_marked("growing")
        abandoned = self._list_marked("abandoned") - growing
        grown = list_stems(self.output_dir) - growing - abandoned
        return {"grown": len(grown), "abandoned": len(abandoned), "growing": len(growing)}

    def load(self, task_id: str) -> Task | None:
        """The task as far as it has grown; None before its first turn."""
        path = self._path(task_id)
        return load_record(path, Task) if path.exists() else None

    def save(self, task: Task) -> None:
        """Marks first, then the task, then the old mark: a crash leaves the task owed.

        A task that another process has finished meanwhile stays finished.
        """
        if task.status != "grown":
            if self._is_grown(task.task_id):
                return
            write_bytes_atomic(self._mark(task.task_id, task.status), b"")
        write_json(self._path(task.task_id), task.to_json())
        for status in ("growing", "abandoned"):
            if status != task.status:
                self._mark(task.task_id, status).unlink(missing_ok=True)

    def _is_grown(self, task_id: str) -> bool:
        marks = (self._mark(task_id, status) for status in ("growing", "abandoned"))
        return self._path(task_id).exists() and not any(mark.exists() for mark in marks)

    def _path(self, task_id: str) -> Path:
        return self.output_dir / f"{task_id}.json"

    def _mark(self, task_id: str, status: str) -> Path:
        return self._unfinished / f"{task_id}.{status}"

    def _list_marked(self, status: str) -> set[str]:
        return list_stems(self._unfinished, f".{status}")
