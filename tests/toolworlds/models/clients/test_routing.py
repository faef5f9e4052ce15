import asyncio
from dataclasses import replace

from toolworlds.models.clients.routing import RoutedModel
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Request, Sampling, seed_for


class Listener:
    """A model that keeps what it was asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: list[Request] = []
        self.closed = 0

    async def complete(self, request: Request) -> Completion:
        self.heard.append(request)
        return Completion("", "stop", self.name)

    async def aclose(self) -> None:
        self.closed += 1

    def describe(self) -> dict[str, Json]:
        return {"model": self.name}


def test_the_most_specific_role_wins() -> None:
    """`task_evolver.t0` before `task_evolver` before the main model."""
    main, evolver, first = (Listener(name) for name in ("main", "evolver", "first"))
    model = RoutedModel(main, {"task_evolver": evolver, "task_evolver.t0": first}, {}, 0)
    answers = {
        role: asyncio.run(model.complete(Request("a", role, ()))).model
        for role in ("task_evolver.t0", "task_evolver.t1", "task_judge.gen")
    }
    assert answers == {"task_evolver.t0": "first", "task_evolver.t1": "evolver", "task_judge.gen": "main"}


def test_sampling_asked_for_replaces_the_roles_own_key_by_key() -> None:
    """What is not named stays, and the more specific key counts."""
    main = Listener("main")
    asked = {"task_judge": {"temperature": 0.3, "top_p": 0.9}, "task_judge.gen": {"temperature": 0.4}}
    model = RoutedModel(main, {}, asked, 0)
    request = Request("a", "task_judge.gen", (), sampling=Sampling(0.0, 1.0, 77, seed=5))
    asyncio.run(model.complete(request))
    assert main.heard[0].sampling == Sampling(0.4, 0.9, 77, seed=5)


def test_a_missing_seed_follows_from_the_run_and_the_request() -> None:
    """Two runs with one seed draw alike; other ids draw otherwise."""
    main = Listener("main")
    model = RoutedModel(main, {}, {}, 7)
    asyncio.run(model.complete(Request("a", "task_judge.gen", ())))
    assert main.heard[0] == replace(
        Request("a", "task_judge.gen", ()), sampling=Sampling(seed=seed_for("a", 7))
    )


def test_every_model_is_closed_once() -> None:
    """Also one that plays several roles."""
    main, other = Listener("main"), Listener("other")
    model = RoutedModel(main, {"task_judge": other, "task_solver": other, "task_evolver": main}, {}, 0)
    asyncio.run(model.aclose())
    assert (main.closed, other.closed) == (1, 1)
    assert model.describe()["roles"]["task_judge"] == {"model": "other"}
