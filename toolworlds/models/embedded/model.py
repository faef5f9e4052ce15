"""The embedded model: plays every role from the catalogue, offline and deterministic."""

import json
import random
from collections.abc import Callable, Mapping

from toolworlds.models.embedded.agents.ladder import act, parse_agent
from toolworlds.models.embedded.completions import make_completion
from toolworlds.models.embedded.environments import Environments
from toolworlds.models.embedded.faults import Planted, check_rates, plant_fault
from toolworlds.models.embedded.players import generator, judges, samples, simulators
from toolworlds.models.embedded.players.tasks import TaskPlayer
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, ReplyError, Request

Player = Callable[[Request, random.Random], dict[str, Json]]
"""Makes the reply of one role, with random numbers that depend on the seed and the request alone."""


class ProceduralModel:
    """`procedural`, or `procedural:<agent>` with the agent of rollouts by name.

    What it says depends on the seed and the request alone. `planted` lists the mistakes that it made on
    purpose. `players` are roles that a factory plays by its own rules. Raises UserError for an unknown agent
    or fault.
    """

    def __init__(
        self,
        name: str,
        seed: int,
        faults: Mapping[str, float] | None = None,
        players: Mapping[str, Player] | None = None,
    ) -> None:
        self.name = name
        self.planted: list[Planted] = []
        self._seed = seed
        self._agent = parse_agent(name.partition(":")[2] or "oracle")
        self._rates = check_rates(faults or {})
        self._environments = Environments()
        self._players = self._assign_players() | dict(players or {})

    @property
    def roles(self) -> list[str]:
        """What it plays besides rollouts: `<role>.<part>`."""
        return list(self._players)

    async def complete(self, request: Request) -> Completion:
        """The completion of a request; raises ReplyError where the catalogue has no answer."""
        if request.role == "task_solver.trajectory":
            episode = request.session or request.request_id.rsplit("/", 2)[0]
            completion = act(self._agent, request, self._make_rng(episode), self.name)
        else:
            completion = make_completion(request, self._play(request), self.name)
        completion, planted = plant_fault(request, completion, self._rates, self._seed)
        if planted:
            self.planted.append(planted)
        return completion

    async def aclose(self) -> None:
        """Ends the worker process of the twins."""
        self._environments.close()

    def describe(self) -> dict[str, Json]:
        """What provenance keeps."""
        return {"engine": "procedural", "licence": "Apache-2.0", "reasoning_channel": False}

    def _play(self, request: Request) -> str:
        player = self._players.get(request.role)
        if player is None:
            raise ReplyError(
                f"the embedded model does not play {request.role!r}; its roles: {', '.join(self.roles)}"
            )
        reply = player(request, self._make_rng(request.request_id))
        if "reasoning" in (request.reply_schema or {}).get("properties", {}):
            reply = {"reasoning": ""} | reply
        else:
            reply.pop("reasoning", None)
        return json.dumps(reply, ensure_ascii=False)

    def _make_rng(self, name: str) -> random.Random:
        return random.Random(f"{self._seed}:{name}")

    def _assign_players(self) -> dict[str, Player]:
        environments = self._environments
        tasks = TaskPlayer(environments, self._seed)
        return {
            "env_generator.subfields": generator.play_subfields,
            "env_generator.tasks": generator.play_tasks,
            "env_generator.world": generator.play_world,
            "env_generator.tools": generator.play_tools,
            "env_generator.metadata": generator.play_metadata,
            "env_generator.sequences": lambda r, rng: generator.play_sequences(r, rng, environments),
            "env_simulator.simulate": lambda r, rng: simulators.play_simulate(r, rng, environments),
            "tool_simulator.simulate": lambda r, rng: simulators.play_simulate(r, rng, environments),
            "tool_simulator.test_calls": lambda r, rng: simulators.play_test_calls(r, rng, environments),
            "judge_simulator.judge": judges.play_answer_judge,
            "task_evolver.t0": tasks.play_turn,
            "task_evolver.t1": tasks.play_turn,
            "task_solver.gen": tasks.play_solution,
            "task_judge.gen": judges.play_task_judge,
            "task_judge.eval": judges.play_task_judge,
            "task_summarizer.summarize": tasks.play_summary,
            "trajectory_judge.judge": judges.play_trajectory_judge,
            "sample_writer.task": lambda r, rng: samples.play_task(r, rng, environments),
        }
