"""What a run of the loop came to: counts, exit code, the lines printed at its end."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from toolworlds.records.base import Json


@dataclass(slots=True)
class Summary:
    """The counts of one process's run over its shard of a stage."""

    stage: str
    noun: str
    """What an item is called, in the plural: `specs`."""
    items: int
    """Items of this shard, done or not."""
    done_before: int
    failed_before: int
    """Items that failed in an earlier run and were not tried again."""
    to_do: int
    verdicts: dict[str, int] = field(default_factory=dict)
    """verdict -> items that reached it in this run."""
    failed: dict[str, int] = field(default_factory=dict)
    """kind of failure -> items that met it in this run."""
    unserved: int = 0
    """Items that a model's server did not serve: owed, and tried again by any re-run."""
    interrupted: bool = False
    dry_run: bool = False
    released: int | None = None
    """What a generating stage has in its folder at the end; None for other stages."""
    survey: Mapping[str, Json] = field(default_factory=dict)
    """Facts about the whole output folder."""
    seconds: float = 0.0

    @property
    def left(self) -> int:
        """Items that were to do and that nobody came to."""
        return self.to_do - sum(self.verdicts.values()) - sum(self.failed.values()) - self.unserved

    @property
    def exit_code(self) -> int:
        """0 all well, 1 something failed or nothing was released, 130 interrupted."""
        if self.dry_run:
            return 0
        if self.interrupted:
            return 130
        nothing_released = self.released == 0 and self.items > 0
        return int(bool(self.failed or self.failed_before or self.unserved or nothing_released))

    def to_json(self) -> dict[str, Json]:
        """The counts, then the survey's facts at the top level."""
        counts = asdict(self)
        del counts["survey"], counts["dry_run"]
        return {**counts, "left": self.left, "exit_code": self.exit_code, **self.survey}

    def describe_plan(self) -> str:
        """The run's first line, e.g. `120 specs: 96 done, 24 to do`."""
        failed = (
            f", {self.failed_before} failed before (--retry-failed tries them again)"
            if self.failed_before
            else ""
        )
        return f"{self.items} {self.noun}: {self.done_before} done{failed}, {self.to_do} to do"

    def describe_end(self) -> str:
        """The run's last line: the funnel of this run."""
        parts = [f"{count} {verdict}" for verdict, count in sorted(self.verdicts.items())]
        parts += [f"{count} failed ({kind})" for kind, count in sorted(self.failed.items())]
        if self.unserved:
            parts.append(f"{self.unserved} not served, still owed")
        if self.left:
            parts.append(f"{self.left} left")
        return f"{self.noun}: {', '.join(parts) or 'nothing left to do'}"
