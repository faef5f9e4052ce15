"""Paths, what is done, load, save.

<tasks-dir>/<task_id>.json              grown tasks; those marked in `_run/unfinished/` are none of ours
<folder of FILE>/_run/rows/<id>.json      one released row, one line
<folder of FILE>/_run/rejected/<id>.json  one rejected task with its reasons
FILE, FILE.index                        the rows sorted by id, and where each begins
"""

from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from toolworlds.batch.dataset import write_dataset
from toolworlds.batch.record_files import load_record
from toolworlds.records.tasks import RejectedTask, Row, Task
from toolworlds.records.tools import EnvSpec
from utils import UserError, dump_line, explain_os_errors, list_stems, write_bytes_atomic, write_json


class ReleaseStore:
    """The folders of stage 4."""

    def __init__(self, tasks_dir: Path, env_specs_dir: Path, task_content: Path) -> None:
        self.output_dir = task_content.parent
        self._tasks_dir = tasks_dir
        self._env_specs_dir = env_specs_dir
        self._task_content = task_content
        self._rows = self.output_dir / "_run" / "rows"
        self._rejected = self.output_dir / "_run" / "rejected"

    def list_grown(self) -> list[str]:
        """Ids of the tasks that have all their turns; raises UserError when there is none."""
        unfinished = self._tasks_dir / "_run" / "unfinished"
        marked = list_stems(unfinished, ".growing") | list_stems(unfinished, ".abandoned")
        grown = sorted(list_stems(self._tasks_dir) - marked)
        if not grown:
            raise UserError(f"{self._tasks_dir} holds no grown tasks; run task_generation.run first")
        return grown

    def list_released(self) -> set[str]:
        """Ids of the released rows."""
        return list_stems(self._rows)

    def list_done(self) -> set[str]:
        """Ids of the tasks that were released or rejected."""
        return self.list_released() | list_stems(self._rejected)

    def count_by_verdict(self) -> dict[str, int]:
        """How many tasks were released and rejected."""
        return {"released": len(self.list_released()), "rejected": len(list_stems(self._rejected))}

    def load_task(self, task_id: str) -> Task:
        """One grown task."""
        return load_record(self._tasks_dir / f"{task_id}.json", Task)

    def load_spec(self, spec_id: str) -> EnvSpec:
        """The environment of a task."""
        return load_record(self._env_specs_dir / f"{spec_id}.json", EnvSpec)

    def load_row(self, row_id: str) -> Row:
        """One released row."""
        return load_record(self._rows / f"{row_id}.json", Row)

    def release(self, row: Row) -> None:
        """Keeps the row; an earlier rejection of its task is forgotten."""
        write_bytes_atomic(self._rows / f"{row.id}.json", dump_line(row.to_json()))
        (self._rejected / f"{row.id}.json").unlink(missing_ok=True)

    def reject(self, rejected: RejectedTask) -> None:
        """Keeps the reasons; an earlier release of the task is withdrawn."""
        write_json(self._rejected / f"{rejected.task_id}.json", rejected.to_json())
        (self._rows / f"{rejected.task_id}.json").unlink(missing_ok=True)

    def compile_rows(self) -> int:
        """Writes FILE anew from all rows there are, whoever released them; returns how many.

        The last of several processes to come here sees every row, so none is lost.
        """
        with explain_os_errors(self._rows):
            self._rows.mkdir(parents=True, exist_ok=True)
        with explain_os_errors(self._rows), FileLock(self.output_dir / "_run" / "compile.lock"):
            return write_dataset(self._task_content, self._read_lines())

    def _read_lines(self) -> Iterator[tuple[str, bytes]]:
        for row_id in sorted(self.list_released()):
            path = self._rows / f"{row_id}.json"
            with explain_os_errors(path):
                yield row_id, path.read_bytes()
