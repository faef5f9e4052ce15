"""What a run's model calls cost: a model that counts what passes through it."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from toolworlds.errors import UserError
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Model, ProviderError, Request


@dataclass(slots=True)
class Costs:
    """Sums over the calls of one role."""

    calls: int = 0
    reasks: int = 0
    """Calls that repeated an earlier one after an unusable reply; among `calls`."""
    unserved: int = 0
    """Calls that no server answered; among `calls`."""
    retries: int = 0
    """Tries that the transport or the server's capacity cost before a call was served."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Prompt tokens that the server had in its prefix cache; among `prompt_tokens`."""
    completion_tokens: int = 0
    seconds: float = 0.0
    """Waiting time, summed over calls that ran side by side."""


@dataclass(slots=True)
class Ledger:
    """Costs by role."""

    roles: dict[str, Costs] = field(default_factory=dict)

    def of(self, role: str) -> Costs:
        """The role's sums, begun at zero."""
        return self.roles.setdefault(role, Costs())

    def take(self) -> dict[str, Json]:
        """Role -> sums since the last `take`, roles in alphabetical order."""
        taken, self.roles = self.roles, {}
        return {role: asdict(taken[role]) for role in sorted(taken)}


class CountingModel:
    """Passes each request on and counts it. The model behind it is opened by the first request.

    So a run that owes nothing, or only plans, loads no engine and needs no server.
    """

    def __init__(self, name: str, open_model: Callable[[], Model]) -> None:
        self.name = name
        self.ledger = Ledger()
        self._open_model = open_model
        self._model: Model | None = None

    def _opened(self) -> Model:
        if self._model is None:
            self._model = self._open_model()
        return self._model

    async def complete(self, request: Request) -> Completion:
        """The completion of the model behind."""
        model = self._opened()
        started = time.perf_counter()
        try:
            completion = await model.complete(request)
        except UserError:
            raise  # nobody was asked; the run ends here
        except BaseException as error:
            self._count_call(request, started).unserved += isinstance(error, ProviderError)
            raise
        costs = self._count_call(request, started)
        costs.retries += completion.retries
        costs.prompt_tokens += completion.usage.prompt_tokens
        costs.cached_tokens += completion.usage.cached_tokens
        costs.completion_tokens += completion.usage.completion_tokens
        return completion

    def _count_call(self, request: Request, started: float) -> Costs:
        costs = self.ledger.of(request.role)
        costs.calls += 1
        costs.reasks += request.attempt > 0
        costs.seconds += time.perf_counter() - started
        return costs

    async def aclose(self) -> None:
        """Closes the model behind, if it was ever opened."""
        if self._model is not None:
            await self._model.aclose()

    def describe(self) -> dict[str, Json]:
        """What the model behind says of itself."""
        return self._opened().describe()
