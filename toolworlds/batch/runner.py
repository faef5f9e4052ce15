"""The one run loop: which items are owed, a bounded pool of them, and what became of each."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path

from toolworlds.batch.ledger import Ledger
from toolworlds.batch.options import CommonOptions
from toolworlds.batch.pool import run_bounded
from toolworlds.batch.progress import say, show_progress
from toolworlds.batch.run_folder import Failure, RunFolder
from toolworlds.batch.signals import drain_on_signals
from toolworlds.batch.summary import Summary
from toolworlds.errors import ItemError, UserError
from toolworlds.ids import in_shard
from toolworlds.records.base import Json
from toolworlds.records.completions import ProviderError

TellStory = Callable[[str], Awaitable[str]]
"""One item's whole story, from its id to a word for its verdict; what it makes is saved when it returns."""

OUTAGE = 20
"""So many items in a row that nobody served, or two rounds of the pool if that is more, end the run."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What the loop must know of a stage."""

    stage: str
    noun: str
    """What an item is called, in the plural: `specs`."""
    output_dir: Path
    options: CommonOptions
    calls_per_item: float
    """Model calls that an item is likely to take; for `--dry-run` only."""
    identity: Mapping[str, Json] = field(default_factory=dict)
    """What makes outputs differ beside the common options: settings, `prompts` (hashes), `inputs`."""
    count_released: Callable[[], int] | None = None
    """For generating stages: how many items the folder offers the next stage. None of any is exit code 1."""
    survey: Callable[[], Mapping[str, Json]] = dict
    """Facts about the whole folder for `summary.json`, gathered when the run ends."""


async def run_items(
    job: Job, items: Iterable[str], done: Set[str], tell_story: TellStory, ledger: Ledger
) -> Summary:
    """Tells the stories of the items that are owed: not done, in the shard, within the limit.

    What an item raises becomes a line in `failures.jsonl`; a UserError ends the run. Items that failed in an
    earlier run are passed over unless `retry_failed`; those that no server served are always tried again.
    Prints the plan first and the funnel last; with `dry_run` only the plan, and nothing is written.
    """
    options, folder = job.options, RunFolder(job.output_dir)
    owed, summary = _plan(job, items, done, folder.failures())
    say(summary.describe_plan())
    if options.dry_run:
        say(f"about {round(len(owed) * job.calls_per_item)} model calls; dry run, nothing was written")
        return summary
    is_new = folder.claim({"stage": job.stage, **options.identity(), **job.identity}, options.force)
    border = _Border(job, folder, summary, tell_story)
    started = time.monotonic()
    with show_progress(job.noun, len(owed)) as advance, drain_on_signals() as stop:

        async def run_item(item_id: str) -> None:
            await border.run_item(item_id)
            advance()

        try:
            await run_bounded(owed, run_item, options.concurrency, stop)
        except asyncio.CancelledError:
            if not stop.is_set():
                raise
        except UserError:
            if is_new and not (ledger.roles or summary.verdicts or summary.failed):
                folder.disclaim()  # no model was asked anything: the mended flags may differ
            raise
        finally:
            summary.interrupted = stop.is_set()
            summary.seconds = round(time.monotonic() - started, 3)
            folder.append_ledger({"seconds": summary.seconds, "roles": ledger.take()})
    _conclude(job, folder, summary)
    return summary


def _plan(
    job: Job, items: Iterable[str], done: Set[str], failures: Mapping[str, Failure]
) -> tuple[list[str], Summary]:
    options = job.options
    mine = [item_id for item_id in items if in_shard(item_id, options.shard)]
    owed = [item_id for item_id in mine if item_id not in done]
    skipped = (
        set() if options.retry_failed else {i for i, f in failures.items() if f.kind != ProviderError.kind}
    )
    to_do = [item_id for item_id in owed if item_id not in skipped]
    summary = Summary(
        stage=job.stage,
        noun=job.noun,
        items=len(mine),
        done_before=len(mine) - len(owed),
        failed_before=len(owed) - len(to_do),
        to_do=len(to_do[: options.limit]),
        dry_run=options.dry_run,
    )
    return to_do[: options.limit], summary


@dataclass(slots=True)
class _Border:
    """The border between the items and the run: whatever goes wrong with an item becomes data here."""

    job: Job
    folder: RunFolder
    summary: Summary
    tell_story: TellStory
    unserved_in_a_row: int = 0

    async def run_item(self, item_id: str) -> None:
        await asyncio.sleep(0)  # a story may never wait; it is cancelled only in between
        try:
            verdict = await self.tell_story(item_id)
        except UserError:
            raise
        except ItemError as error:
            self._record(Failure(item_id, self.job.stage, error.kind, str(error), error.raw))
        except Exception as error:  # noqa: BLE001 - the one place where a bug costs an item, not the run
            self._record(Failure(item_id, self.job.stage, "bug", f"{type(error).__name__}: {error}"))
        else:
            self.unserved_in_a_row = 0
            self.summary.verdicts[verdict] = self.summary.verdicts.get(verdict, 0) + 1

    def _record(self, failure: Failure) -> None:
        """Called while the exception is at hand, so that the log can show where it came from."""
        log.debug("%s failed", failure.item_id, exc_info=True)
        self.folder.record_failure(failure)
        if failure.kind == ProviderError.kind:
            self.summary.unserved += 1
            self._notice_outage(failure)
        else:
            self.unserved_in_a_row = 0
            self.summary.failed[failure.kind] = self.summary.failed.get(failure.kind, 0) + 1

    def _notice_outage(self, failure: Failure) -> None:
        self.unserved_in_a_row += 1
        if self.unserved_in_a_row >= max(OUTAGE, 2 * self.job.options.concurrency):
            raise UserError(
                f"no server answered for {self.unserved_in_a_row} {self.job.noun} in a row "
                f"(last: {failure.message}); what is left stays owed: see to the server and run again"
            )


def _conclude(job: Job, folder: RunFolder, summary: Summary) -> None:
    summary.released = job.count_released() if job.count_released else None
    summary.survey = job.survey()
    folder.write_summary(summary.to_json())
    say(summary.describe_end())
