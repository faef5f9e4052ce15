"""One model a role: where each request goes and with which sampling."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Model, Request, seed_for


class RoutedModel:
    """Sends a request to its role's model, with the sampling asked for on the command line.

    The most specific key wins: `task_evolver.t0` before `task_evolver`. A sampling seed that is missing is
    derived from the run's seed and the request's id.
    """

    def __init__(
        self,
        main: Model,
        by_role: Mapping[str, Model],
        role_sampling: Mapping[str, Mapping[str, float | int]],
        seed: int,
    ) -> None:
        self.name = main.name
        self._main = main
        self._by_role = by_role
        self._role_sampling = role_sampling
        self._seed = seed

    async def complete(self, request: Request) -> Completion:
        """The completion of the role's model."""
        asked: dict[str, Any] = {}
        for key in reversed(_keys(request.role)):
            asked |= self._role_sampling.get(key, {})
        if request.sampling.seed is None:
            asked["seed"] = seed_for(request.request_id, self._seed)
        sampling = replace(request.sampling, **asked)
        return await self._model_of(request.role).complete(replace(request, sampling=sampling))

    def _model_of(self, role: str) -> Model:
        found = (self._by_role[key] for key in _keys(role) if key in self._by_role)
        return next(found, self._main)

    async def aclose(self) -> None:
        """Closes every model once."""
        for model in {id(model): model for model in (self._main, *self._by_role.values())}.values():
            await model.aclose()

    def describe(self) -> dict[str, Json]:
        """The main model's description, and the others' by role."""
        others = {role: model.describe() for role, model in sorted(self._by_role.items())}
        return self._main.describe() | ({"roles": others} if others else {})


def _keys(role: str) -> tuple[str, str]:
    return role, role.split(".")[0]
