"""Plays task_evolver, task_solver.gen and task_summarizer: turns, their solutions, a row's one request."""

import random
from collections import OrderedDict
from dataclasses import replace

from toolworlds.models.embedded.kits import open_kit
from toolworlds.models.embedded.phrasing.facts import name_fact
from toolworlds.models.embedded.phrasing.requests import word_request
from toolworlds.models.embedded.phrasing.scene import PlannedTurn
from toolworlds.models.embedded.phrasing.summaries import merge_requests
from toolworlds.models.embedded.phrasing.voices import WritingStyle, choose_voice
from toolworlds.models.embedded.plotting import TaskPlanner, recall_earlier
from toolworlds.models.embedded.workshop import Environments
from toolworlds.records.base import Json
from toolworlds.records.completions import ReplyError, Request
from toolworlds.records.tasks import Task
from toolworlds.records.truths import EvolverTruth

PLOTS_KEPT = 256
PLOT_TRIES = 6
"""Times a whole task is plotted before its turns are drawn one by one."""


class TaskPlayer:
    """Tells tasks. A task is plotted as a whole, as a function of the seed, its id and its environment.

    A turn is the plot's next one as long as the turns before it are, and it was not refused; otherwise it
    is drawn anew from where the world stands.
    """

    def __init__(self, workshop: Environments, seed: int) -> None:
        self._workshop = workshop
        self._seed = seed
        self._plots: OrderedDict[str, tuple[EvolverTruth, tuple[PlannedTurn, ...]]] = OrderedDict()
        """Kept only to spare work: a plot that was dropped is made again, alike."""

    def play_turn(self, request: Request, rng: random.Random) -> dict[str, Json]:
        """The next turn: a call after which the chain can go on, and the words that ask for it."""
        truth: EvolverTruth = request.reference
        task_id = _task_of(request)
        scene = self._recall_scene(task_id, truth) or self._draw_scene(task_id, truth, rng)
        if scene is None:
            raise ReplyError(
                f"the world offers no call of {truth.tool_name!r} that a person could ask for here"
            )
        taken = [fact.name for turn in truth.turns for fact in turn.facts]
        facts: list[dict[str, Json]] = []
        for fact in scene.facts:
            name = name_fact(scene, fact, taken)
            taken.append(name)
            facts.append({"name": name, "type": fact.type, "path": fact.path})
        return {
            "additions": {},
            "request": word_request(replace(scene, rng=rng)),
            "call": {"name": truth.tool_name, "arguments": scene.draw.arguments},
            "facts": facts,
        }

    def play_solution(self, request: Request, rng: random.Random) -> dict[str, Json]:
        """The expected call."""
        return {"call": request.reference.to_json()}

    def play_summary(self, request: Request, rng: random.Random) -> dict[str, Json]:
        """The turns as one request, in the voice in which they were written."""
        task: Task = request.reference
        voice = self._choose_voice(_task_of(request))
        return {"summary": merge_requests([turn.request for turn in task.turns], voice, rng)}

    def _recall_scene(self, task_id: str, truth: EvolverTruth) -> PlannedTurn | None:
        """The plot's scene for this turn; None off the plot."""
        scenes, place = self._recall_plot(task_id, truth), len(truth.turns)
        told = zip(scenes, truth.turns, strict=False)
        on_plot = all(scene.draw.arguments == turn.call.arguments for scene, turn in told)
        return scenes[place] if truth.attempt == 0 and on_plot and place < len(scenes) else None

    def _recall_plot(self, task_id: str, truth: EvolverTruth) -> tuple[PlannedTurn, ...]:
        known, scenes = self._plots.get(task_id, (None, ()))
        if known is None or known.spec is not truth.spec or known.sequence != truth.sequence:
            scenes = self._plot_task(task_id, truth)
            self._plots[task_id] = truth, scenes
            if len(self._plots) > PLOTS_KEPT:
                self._plots.popitem(last=False)
        return scenes

    def _plot_task(self, task_id: str, truth: EvolverTruth) -> tuple[PlannedTurn, ...]:
        rng = self._dice(f"{task_id}/plot")
        plot = self._open_plot(task_id, replace(truth, state=truth.spec.initial_state, turns=()))
        plots = (plot.compose(truth.sequence.tools, rng) for _ in range(PLOT_TRIES))
        return next((scenes for scenes in plots if scenes), ())

    def _draw_scene(self, task_id: str, truth: EvolverTruth, rng: random.Random) -> PlannedTurn | None:
        """A scene that the rest of the chain can follow; failing that, any."""
        plot, rest = self._open_plot(task_id, truth), truth.sequence.tools[len(truth.turns) :]
        plots = (plot.compose(rest, rng) for _ in range(PLOT_TRIES))
        scenes = next((scenes for scenes in plots if scenes), None)
        return scenes[0] if scenes else plot.set_scene(rest[0], rng)

    def _open_plot(self, task_id: str, truth: EvolverTruth) -> TaskPlanner:
        kit = open_kit(truth.spec.field, truth.spec.subfield)
        env, earlier = self._workshop.open_environment(kit), recall_earlier(kit, truth.turns)
        return TaskPlanner(
            kit, env, truth.state, self._choose_voice(task_id), truth.spec.initial_state, earlier
        )

    def _choose_voice(self, task_id: str) -> WritingStyle:
        """The same in all turns and the summary of one task."""
        return choose_voice(self._dice(task_id))

    def _dice(self, name: str) -> random.Random:
        return random.Random(f"{self._seed}:{name}")


def _task_of(request: Request) -> str:
    return request.request_id.split("/")[0]
