"""Has drafts written until code has nothing against them; every reply is kept."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from roles.base import Check
from roles.sample_writer import PlanDraft, SampleWriter
from skyrl_samples.flags import log_event
from skyrl_samples.raw_replies import KeepingModel
from skyrl_samples.sample_builder import SampleBuilder
from skyrl_samples.store import SampleStore
from skyrl_samples.tasks import InvalidTask
from toolworlds.batch.provenance import trace_origin
from toolworlds.records.completions import ProviderError
from toolworlds.records.samples import TaskMetadata
from utils import ItemError

Draft = TypeVar("Draft", bound=PlanDraft)
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class CheckedWriter:
    """What both commands write with: the role, its model, what builds samples, where they are kept."""

    role: SampleWriter
    model: KeepingModel
    builder: SampleBuilder
    store: SampleStore
    backend: str
    seed: int

    async def have_written(
        self,
        item: str,
        reply_type: type[Draft],
        ask: Callable[[Check[Draft]], Awaitable[Any]],
        build: Callable[[Draft], Made],
    ) -> tuple[Made, int]:
        """What `build` makes of the first draft that it accepts (else InvalidTask), and how many it took.

        Every reply is kept with what was wrong in it, also when none was good. Raises what `ask` raises.
        """
        made: list[Made] = []

        def check(draft: Draft) -> list[str]:
            try:
                made.append(build(draft))
            except InvalidTask as invalid:
                self.model.refuse(item, invalid.reasons)
                return invalid.reasons
            return []

        try:
            await ask(check)
        except ProviderError:
            self.model.take(item, reply_type)  # owed: it is asked anew
            raise
        except ItemError as error:
            log_event("failed", id=item, asks=self._keep_words(item, reply_type), reason=str(error))
            raise
        return made[-1], self._keep_words(item, reply_type)

    def trace(self, item: str, part: str) -> TaskMetadata:
        """Where the item's last reply comes from."""
        request_id, said = self.model.last(item)
        return TaskMetadata(
            model=said.model,
            backend=self.backend,
            seed=self.seed,
            generated_at=self.store.begun,
            reasoning_tokens=said.usage.reasoning_tokens,
            raw_reply=self.store.link(request_id),
            provenance=trace_origin(self.model, self.seed, self.role.prompts(part)),
        )

    def _keep_words(self, item: str, reply_type: type[PlanDraft]) -> int:
        """Saves what was said about an item and tells what was refused; returns how often was asked."""
        lines = self.model.take(item, reply_type)
        for line in lines:
            if line["refused"]:
                log_event("rejected", id=item, attempt=line["attempt"], reasons=line["refused"])
        self.store.save_raw(item, lines)
        return len(lines)
