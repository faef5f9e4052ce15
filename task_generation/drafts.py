"""What code does with a draft of a turn: refuses it, adds its entities to the world, reads its facts."""

from collections.abc import Callable
from collections.abc import Sequence as Many
from operator import itemgetter

from roles.task_evolver import FactDraft, TurnDraft
from toolworlds.language.days import parse_iso
from toolworlds.records.base import Json
from toolworlds.records.tasks import AddedEntities, Fact, FactType, Task, Turn
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.records.worlds import Name, WorldState
from toolworlds.world.canonical import canonical
from toolworlds.world.environment import Environment
from toolworlds.world.gate import admit
from toolworlds.world.json_paths import NoSuchPath, read_path
from utils import ItemError

FITS: dict[FactType, Callable[[Json], bool]] = {
    "string": lambda value: isinstance(value, str),
    "id": lambda value: isinstance(value, str),
    "date": lambda value: isinstance(value, str) and parse_iso(value) is not None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
}
"""fact type -> whether a reply's value is of that type."""


class DraftRefused(ItemError):  # noqa: N818 - a verdict on a draft, not an error of ours
    """Why a draft does not become a turn."""

    kind = "draft"


def list_addable(env: Environment, turns: Many[Turn]) -> list[Name]:
    """Collections that no earlier turn looked at or changed: adding to them changes no earlier reply."""
    touched: set[Name] = set()
    for turn in turns:
        footprint = env.footprint(turn.call.name)
        touched.update(footprint.reads, footprint.writes)
    return [name for name in env.schema.collections if name not in touched]


def check_draft(env: Environment, task: Task, draft: TurnDraft, addable: Many[Name]) -> list[str]:
    """What code refuses in a draft before anything is run, in words for the evolver; [] if nothing."""
    expected = task.sequence.tools[len(task.turns)]
    if draft.call.name != expected:
        return [f"call.name is {draft.call.name!r}; this turn must call {expected!r}"]
    reasons = [
        f"additions to {name!r} are not allowed; allowed: {', '.join(addable) or 'none'}"
        for name in draft.additions
        if name not in addable
    ]
    taken = [fact.name for turn in task.turns for fact in turn.facts] + [fact.name for fact in draft.facts]
    reasons += [
        f"fact name {fact.name!r} is used more than once in the task"
        for fact in draft.facts
        if taken.count(fact.name) > 1
    ]
    if reasons:
        return reasons
    if draft.additions:
        for state in (task.initial_state, task.final_state):
            if broken := env.check_state(add_entities(env, state, draft.additions)):
                return broken
    admitted = admit(env, draft.call)
    if isinstance(admitted, ToolReply):
        return [f"the call is refused with status {admitted.status}: {admitted.reply}"]
    return []


def add_entities(env: Environment, state: WorldState, additions: AddedEntities) -> WorldState:
    """The state with these entities among the others, sorted by id again; nothing is checked."""
    collections = dict(state.collections)
    for name, entities in additions.items():
        id_field = env.schema.collections[name].id_field
        together = [(str(entity.get(id_field)), entity) for entity in (*collections[name], *entities)]
        collections[name] = [entity for _, entity in sorted(together, key=itemgetter(0))]
    return state.model_copy(update={"collections": collections})


def read_facts(drafts: Many[FactDraft | Fact], reply: ToolReply, call: int) -> list[Fact]:
    """The facts with the values that the reply of ground-truth call number `call` holds.

    Raises DraftRefused for a path that leads nowhere or to a value of another type.
    """
    facts = []
    for draft in drafts:
        try:
            value = read_path(reply.reply, draft.path)
        except NoSuchPath as error:
            raise DraftRefused(f"fact {draft.name!r}: {error} of the reply {reply.reply!r:.300}") from error
        if not FITS[draft.type](value):
            raise DraftRefused(f"fact {draft.name!r} is {value!r} in the reply, no {draft.type}")
        facts.append(Fact(name=draft.name, type=draft.type, value=value, call=call, path=draft.path))
    return facts


def is_same_call(env: Environment, one: ToolCall, other: ToolCall) -> bool:
    """Whether both ask for the same, omitted arguments taken as their defaults."""
    admitted = [admit(env, call) for call in (one, other)]
    if one.name != other.name or any(isinstance(some, ToolReply) for some in admitted):
        return False
    return canonical(admitted[0]) == canonical(admitted[1])
