"""Plots: calls that follow one another, each valid, speakable, and leaving room for the rest of a chain."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from procedural_model.archetypes.compile import CompiledTool
from procedural_model.drawing import Draw, attempt_on, draw
from procedural_model.kits import Kit
from procedural_model.phrasing.facts import pick_facts
from procedural_model.phrasing.pointing import is_speakable
from procedural_model.phrasing.scene import Earlier, Scene
from procedural_model.phrasing.voices import Voice
from records.base import Json
from records.tasks import Turn
from records.worlds import Delta, Insert, WorldState
from world.delta import apply_delta
from world.environment import Environment
from world.interface import list_defaults
from world.json_paths import walk_leaves

DRAWS = 3
"""Draws of one call before a chain is taken to end there."""
FUTURES = 2
"""Ways in which the rest of a chain is tried behind a draw."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A story so far: the world as it stands, and the calls that led there."""

    kit: Kit
    env: Environment
    state: WorldState
    voice: Voice
    earlier: tuple[Earlier, ...] = ()

    def follow(self, tools: Sequence[str], rng: random.Random) -> Scene | None:
        """A scene for the first of these tools after which the others can be called too.

        When no such draw turned up it is one after which the chain may break off; None without any draw.
        """
        fallback = None
        for _ in range(DRAWS):
            scene = self._set_scene(tools[0], rng)
            if scene is None:
                return fallback
            fallback = fallback or scene
            if self.go_on(scene).reaches(tools[1:], rng):
                return scene
        return fallback

    def reaches(self, tools: Sequence[str], rng: random.Random) -> bool:
        """Whether a way was found to call these tools one after the other."""
        if not tools:
            return True
        for _ in range(FUTURES):
            scene = self._set_scene(tools[0], rng)
            if scene is not None and self.go_on(scene).reaches(tools[1:], rng):
                return True
        return False

    def go_on(self, scene: Scene) -> "Plot":
        """The plot after the scene's call."""
        reply = scene.draw.reply
        told = tell_earlier(scene.tool, scene.draw.arguments, reply.reply, reply.delta)
        after = apply_delta(self.env.collections, self.state, reply.delta) if reply.delta else self.state
        return replace(self, state=after, earlier=(*self.earlier, told))

    def _set_scene(self, name: str, rng: random.Random) -> Scene | None:
        """A draw of the tool that people can put into words."""
        tool = self.kit.tools[name]
        known = [
            (call, list(path), leaf)
            for call, earlier in enumerate(self.earlier)
            for path, leaf in walk_leaves(earlier.reply)
        ]
        for _ in range(DRAWS):
            attempt = attempt_on(self.env, self.state, name)
            drawn = draw(tool, self.kit.domain, self.state, rng, known, attempt)
            if drawn is None:
                return None
            drawn = _leave_out_defaults(tool, drawn)
            facts = pick_facts(drawn, tool.spec.effect, rng)
            scene = Scene(self.kit.domain, self.state, tool, drawn, facts, self.earlier, self.voice, rng)
            if is_speakable(scene):
                return scene
        return None


def recall_earlier(kit: Kit, turns: Sequence[Turn]) -> tuple[Earlier, ...]:
    """The calls of the turns so far."""
    return tuple(
        tell_earlier(kit.tools[t.call.name], t.call.arguments, t.recorded.reply, t.recorded.delta)
        for t in turns
    )


def tell_earlier(tool: CompiledTool, arguments: dict[str, Json], reply: Json, delta: Delta) -> Earlier:
    """A call as later turns refer to it."""
    creates = any(
        isinstance(operation, Insert) and operation.insert == tool.collection for operation in delta
    )
    return Earlier(tool, arguments, reply, creates)


def _leave_out_defaults(tool: CompiledTool, drawn: Draw) -> Draw:
    """The draw without arguments that say what would hold anyway."""
    defaults = list_defaults(tool.spec.parameters)
    told = {n: value for n, value in drawn.arguments.items() if n not in defaults or defaults[n] != value}
    return replace(drawn, arguments=told)
