"""What an episode is worth: code's score where a certificate stands behind the row, else the judge's word."""

from roles.trajectory_judge import TrajectoryJudge
from toolworlds.records.completions import ReplyError
from toolworlds.records.tasks import PlainRow, Row
from toolworlds.records.trajectories import JudgeOpinion, Score
from toolworlds.records.worlds import WorldState
from toolworlds.world.answers import parse_final
from toolworlds.world.canonical import digest
from toolworlds.world.verifier import verify
from trajectory_generation.rollout import Rollout


def score_by_code(row: Row, final_state: WorldState, episode: Rollout) -> Score:
    """The verifier's score; an episode that was cut short is unsolved whatever it had done by then."""
    score = verify(row, final_state, parse_final(episode.final_message))
    if episode.stop_reason == "finished":
        return score
    reasons = [f"the agent did not finish ({episode.stop_reason})", *score.reasons]
    return score.model_copy(update={"solved": False, "reward": 0.0, "reasons": reasons})


def find_simulation_error(row: Row, episode: Rollout, score: Score) -> str:
    """Why a wrong end is the simulator's: the changes asked for are the ground truth's; "" if it is not.

    The same calls lead to the same end unless a model that stood in for a tool let them end elsewhere.
    """
    if score.components["state"] or all(call.source != "model" for call in episode.calls):
        return ""
    writes = {tool.tool_name for tool in row.tools if tool.effect == "write"}
    wanted, made = (
        sorted(digest([call.name, call.arguments]) for call in calls if call.name in writes)
        for calls in (row.recorded_calls, episode.calls)
    )
    if not made or wanted != made:
        return ""
    return "the changes asked for are those of the ground truth, and a model simulated them otherwise"


def score_by_judge(opinion: JudgeOpinion) -> Score | None:
    """A plain row's score; None when the judge gave no usable verdict, which is nobody's failure."""
    if opinion.verdict == "failed":
        return None
    solved = opinion.verdict == "solved"
    reasons = [] if solved else [f"the judge says: {opinion.reasoning}"]
    return Score(solved=solved, reward=float(solved), components={}, reasons=reasons)


async def ask_judge(
    item: str, judge: TrajectoryJudge, row: Row | PlainRow, episode: Rollout, score: Score | None
) -> JudgeOpinion:
    """The judge's opinion; without a usable verdict it is `failed`, never solved."""
    try:
        said = await judge.judge(item, row, episode.messages, reference=score)
    except ReplyError as error:
        return JudgeOpinion(verdict="failed", reasoning=str(error))
    return JudgeOpinion(verdict=said.verdict, reasoning=said.problem)
