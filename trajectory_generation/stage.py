"""How a rollout is made: an agent works on a row, the end is scored, the whole is saved."""

from dataclasses import asdict, dataclass

from roles.env_simulator import EnvSimulator
from roles.task_solver import TaskSolver
from roles.tool_simulator import ToolSimulator
from roles.trajectory_judge import TrajectoryJudge
from toolworlds.batch.dataset import Dataset
from toolworlds.batch.provenance import trace_origin
from toolworlds.records.base import Json
from toolworlds.records.completions import Model
from toolworlds.records.tasks import PlainRow, Row
from toolworlds.records.trajectories import JudgeOpinion, Party, Score, Trajectory
from toolworlds.simulation.memo import Memo
from toolworlds.simulation.recorded import RecordedAnswers
from toolworlds.simulation.simulator import Simulator
from toolworlds.world.answers import parse_final
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker
from trajectory_generation.backends import Backend, ImaginedBackend, WorldBackend
from trajectory_generation.offers import offer_tools
from trajectory_generation.rollout import Rollout, play_episode
from trajectory_generation.scoring import ask_judge, find_simulation_error, score_by_code, score_by_judge
from trajectory_generation.store import TrajectoryStore
from trajectory_generation.summary import summarize
from utils import ItemError, UserError


@dataclass(frozen=True, slots=True)
class RolloutRoles:
    """The roles of this stage."""

    agent: TaskSolver
    env_simulator: EnvSimulator
    tool_simulator: ToolSimulator
    judge: TrajectoryJudge | None
    """None: code's score alone."""

    def prompts(self) -> dict[str, dict[str, Json]]:
        """The prompts that shape an episode or its judgement."""
        return {
            **self.agent.prompts("action" if self.agent.json_actions else "trajectory"),
            **self.env_simulator.prompts(),
            **self.tool_simulator.prompts("simulate", "imagine"),
            **(self.judge.prompts() if self.judge else {}),
        }


class InvalidEpisode(ItemError):  # noqa: N818 - a verdict on an item, saved like any other
    """An episode that nobody may score: the simulator failed, or a plain row's judge did."""

    kind = "invalid"


class RolloutStage:
    """Rolls an agent out on the rows of a dataset."""

    def __init__(
        self,
        dataset: Dataset,
        store: TrajectoryStore,
        players: RolloutRoles,
        model: Model,
        seed: int,
        worker: StarlarkWorker,
        max_turns: int,
    ) -> None:
        self._dataset = dataset
        self._store = store
        self._players = players
        self._model = model
        self._seed = seed
        self._worker = worker
        self._max_turns = max_turns
        self._memo = Memo()
        self._told = 0

    async def roll_out(self, rollout_id: str) -> str:
        """Plays, scores and keeps rollout `<task_id>.<k>`; returns `solved` or `unsolved`.

        Raises InvalidEpisode after keeping an episode without a score.
        """
        row = self._dataset.load(rollout_id.rpartition(".")[0])
        tools = offer_tools(row)
        backend = self._open_backend(row)
        episode = await play_episode(rollout_id, row, self._players.agent, tools, backend, self._max_turns)
        score, opinion = await self._judge(rollout_id, row, backend, episode)
        self._store.save(self._describe(rollout_id, row, tools, episode, score, opinion))
        self._told += 1
        if score is None:
            raise InvalidEpisode(f"{rollout_id} has no score: {explain_invalid(episode, opinion)}")
        return "solved" if score.solved else "unsolved"

    def survey(self) -> dict[str, Json]:
        """Figures over the whole folder; read anew only when something may have changed."""
        known = None if self._told else self._store.load_figures()
        return known or summarize(self._store.load_outcomes())

    def _open_backend(self, row: Row | PlainRow) -> Backend:
        players = self._players
        if isinstance(row, Row):
            env = Environment(row.world_schema, row.tools, row.twins, self._worker)
            simulator = Simulator(
                env,
                players.env_simulator,
                players.tool_simulator,
                self._memo,
                recorded=RecordedAnswers(env, row),
            )
            return WorldBackend(simulator, row.initial_state)
        if players.judge is None:
            raise UserError(
                f"row {row.id!r} has no certificate, so only the judge can score it; leave out --no-judge"
            )
        return ImaginedBackend(players.tool_simulator, row)

    async def _judge(
        self, rollout_id: str, row: Row | PlainRow, backend: Backend, episode: Rollout
    ) -> tuple[Score | None, JudgeOpinion | None]:
        """The score, None for an episode that must not be scored, and the judge's opinion."""
        if episode.fault:
            return None, None
        judge, score = self._players.judge, None
        if isinstance(row, Row) and isinstance(backend, WorldBackend):
            score = score_by_code(row, backend.state, episode)
            episode.fault = find_simulation_error(row, episode, score)
            if episode.fault:
                episode.stop_reason = "simulator_fault"
                return None, None
        opinion = await ask_judge(rollout_id, judge, row, episode, score) if judge else None
        if isinstance(row, PlainRow) and opinion:
            score = score_by_judge(opinion)
        return score, opinion

    def _describe(
        self,
        rollout_id: str,
        row: Row | PlainRow,
        tools: list[dict[str, Json]],
        episode: Rollout,
        score: Score | None,
        opinion: JudgeOpinion | None,
    ) -> Trajectory:
        assert episode.stop_reason is not None
        agent = self._players.agent
        return Trajectory(
            task_id=row.id,
            rollout=int(rollout_id.rpartition(".")[2]),
            field=row.field,
            solved=score is not None and score.solved,
            reward=score.reward if score else None,
            reasons=score.reasons if score else [explain_invalid(episode, opinion)],
            valid=score is not None,
            stop_reason=episode.stop_reason,
            fault=find_fault(episode, score),
            components=score.components if score else {},
            judge=opinion,
            certified=isinstance(row, Row),
            tools=tools,
            messages=episode.messages,
            agent_turns=episode.turns,
            calls=episode.calls,
            final_message=episode.final_message,
            answer=parse_final(episode.final_message).answer,
            agent={"model": self._model.name, **self._model.describe(), "sampling": asdict(agent.sampling)},
            provenance=trace_origin(self._model, self._seed, self._players.prompts()),
        )


def find_fault(episode: Rollout, score: Score | None) -> Party | None:
    """Whose failure the episode is: only an agent's costs reward."""
    if episode.fault:
        return "provider" if episode.stop_reason == "provider_fault" else "simulator"
    return "agent" if score and not score.solved else None


def explain_invalid(episode: Rollout, opinion: JudgeOpinion | None) -> str:
    """Why an episode has no score."""
    return episode.fault or (opinion.reasoning if opinion else "no score was given")
