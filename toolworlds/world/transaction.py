"""A call's proposal becomes a new state and a reply, or is refused with reasons; nothing in between."""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from toolworlds.records.base import Json
from toolworlds.records.tools import Proposal, ReplySource, ToolReply, ToolSpec
from toolworlds.records.worlds import (
    Delete,
    Delta,
    Increment,
    Insert,
    Update,
    UpdateWhere,
    WorldState,
)
from toolworlds.world.canonical import canonical
from toolworlds.world.delta import DeltaFault, StateDraft, target
from toolworlds.world.environment import Environment
from toolworlds.world.references import Literals, Scope, UnresolvedReference, resolve, resolve_conditions
from toolworlds.world.starlark import TwinFault


class Refused(Exception):  # noqa: N818 - a verdict on a proposal
    """The proposal cannot be committed; `reasons` are lines that its author can act on."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def commit(
    env: Environment,
    state: WorldState,
    tool: ToolSpec,
    arguments: Mapping[str, Json],
    proposal: Proposal,
    source: ReplySource,
) -> tuple[WorldState, ToolReply]:
    """The state after the call, and its reply with the committed delta. `arguments` are admitted ones.

    Proposals of a twin may hold literal data; all others must point at it. Raises Refused.
    """
    literals: Literals = "free" if source == "twin" else "checked"
    reasons = _check_shape(env, tool, proposal) + (
        _check_plainness(proposal) if literals == "checked" else []
    )
    if reasons:
        raise Refused(reasons)
    if proposal.status != 200:
        return state, ToolReply(status=proposal.status, reply=proposal.reply, source=source)
    interface = env.interfaces[tool.tool_name]
    scope = Scope(
        arguments=arguments,
        parameters=interface.parameters,
        state=state,
        collections={name: env.collections[name] for name in interface.footprint.reads},
        minted=_mint_ids(env, state, tool, arguments, proposal.delta),
    )
    try:
        delta = _resolve_delta(proposal.delta, scope, literals)
        after = _apply(env, state, tool, delta) if delta else state
        reply = resolve(proposal.reply, replace(scope, state=after), literals)
    except (UnresolvedReference, DeltaFault) as fault:
        raise Refused([str(fault)]) from fault
    return after, ToolReply(status=200, reply=reply, source=source, delta=delta)


def _check_shape(env: Environment, tool: ToolSpec, proposal: Proposal) -> list[str]:
    """What can be refused without looking at the world."""
    reasons = []
    if proposal.status != 200 and not 400 <= proposal.status <= 499:
        reasons.append(f"status {proposal.status} is neither 200 nor 4xx")
    elif proposal.status != 200:
        if proposal.delta:
            reasons.append(f"a refusal (status {proposal.status}) changes nothing; its delta must be []")
        if not _is_refusal(proposal.reply):
            reasons.append('the reply of a refusal is {"error": "what is wrong, in words"}')
    if tool.effect == "read" and proposal.delta:
        reasons.append(f"{tool.tool_name} only reads; its delta must be []")
    strays = sorted({target(operation) for operation in proposal.delta} - {*tool.footprint.writes})
    if strays:
        reasons.append(f"{tool.tool_name} may write {tool.footprint.writes}, not {strays}")
    return reasons or _check_ids_untouched(env, proposal.delta)


def _check_plainness(proposal: Proposal) -> list[str]:
    """What a twin's JSON cannot hold, but a model's parsed text can: lone surrogates, huge numbers."""
    try:
        canonical(proposal.to_json())
    except ValueError as error:
        return [f"the proposal cannot be kept: {error}"]
    return []


def _is_refusal(reply: Json) -> bool:
    return isinstance(reply, dict) and reply.keys() == {"error"} and isinstance(reply["error"], str)


def _check_ids_untouched(env: Environment, delta: Delta) -> list[str]:
    reasons = []
    for operation in delta:
        id_field = env.collections[target(operation)].spec.id_field
        match operation:
            case Insert(insert=name, values=values, id=given):
                if given is not None or id_field in values:
                    reasons.append(f"insert into {name}: leave out {id_field!r}; the id is minted")
            case Update(set=values) | UpdateWhere(set=values):
                if id_field in values:
                    reasons.append(f"{target(operation)}: {id_field!r} cannot be changed")
    return reasons


def _mint_ids(
    env: Environment, state: WorldState, tool: ToolSpec, arguments: Mapping[str, Json], delta: Delta
) -> dict[str, list[str]]:
    """collection -> ids for the delta's inserts, in order: a function of tool, arguments and mint counter."""
    minted: dict[str, list[str]] = {}
    for operation in delta:
        if isinstance(operation, Insert):
            ids = minted.setdefault(operation.insert, [])
            counter = state.minted.get(operation.insert, 0) + len(ids)
            seed = canonical([tool.tool_name, dict(arguments), operation.insert, counter])
            ids.append(_mint_id(env, state, operation.insert, seed, ids))
    return minted


def _mint_id(env: Environment, state: WorldState, name: str, seed: bytes, taken: list[str]) -> str:
    collection = env.collections[name]
    while True:
        fingerprint = sha256(seed).digest()
        fresh = f"{collection.spec.id_prefix}_{fingerprint.hex()[:8]}"
        if fresh not in taken and collection.place(state.collections[name], fresh) is None:
            return fresh
        seed = fingerprint


def _resolve_delta(delta: Delta, scope: Scope, literals: Literals) -> Delta:
    """The operations with plain values, in order, against the state before the call."""
    ids = {name: iter(minted) for name, minted in scope.minted.items()}

    def plain(value: Json) -> Json:
        return resolve(value, scope, literals)

    def plain_values(name: str, values: Mapping[str, Json]) -> dict[str, Json]:
        enums = scope.collections[name].enums
        return {
            field: value if value in enums.get(field, ()) else plain(value) for field, value in values.items()
        }

    resolved: Delta = []
    for operation in delta:
        match operation:
            case Insert(insert=name, values=values):
                resolved.append(Insert(insert=name, values=plain_values(name, values), id=next(ids[name])))
            case Update(update=name, id=entity_id, set=values):
                resolved.append(Update(update=name, id=plain(entity_id), set=plain_values(name, values)))
            case Increment(increment=name, id=entity_id, field=field, by=by):
                resolved.append(Increment(increment=name, id=plain(entity_id), field=field, by=plain(by)))
            case UpdateWhere(update_where=name, where=where, set=values):
                conditions = resolve_conditions(name, where, scope, literals)
                resolved.append(
                    UpdateWhere(update_where=name, where=conditions, set=plain_values(name, values))
                )
            case Delete(delete=name, id=entity_id):
                resolved.append(Delete(delete=name, id=plain(entity_id)))
    return resolved


def _apply(env: Environment, state: WorldState, tool: ToolSpec, delta: Delta) -> WorldState:
    """The state after the delta, checked wherever the delta touched it. Raises Refused, DeltaFault."""
    draft = StateDraft(env.collections, state)
    for operation in delta:
        draft.apply(operation)
    after = draft.finish()
    reasons = []
    changed: dict[str, list[dict[str, Json]]] = {}
    for name, ids in draft.touched.items():
        collection = env.collections[name]
        for entity_id in sorted(ids):
            before = collection.find(state.collections[name], entity_id)
            entity = collection.find(after.collections[name], entity_id)
            if entity is None:
                reasons += _check_deletion(env, after, tool, name, entity_id)
                continue
            changed.setdefault(name, []).append(entity)
            reasons += collection.find_type_problems(entity)
            reasons += collection.find_status_problems(before, entity)
            reasons += env.find_reference_problems(after.collections, collection, entity)
    reasons += _check_invariants(env, changed) if not reasons else []
    if reasons:
        raise Refused(reasons)
    return after


def _check_deletion(
    env: Environment, after: WorldState, tool: ToolSpec, name: str, entity_id: str
) -> list[str]:
    """Nothing may still refer to a deleted entity, and who could is in the footprint."""
    reasons = []
    for other, collection in env.collections.items():
        for field, referred in collection.spec.references.items():
            if referred != name:
                continue
            if other not in env.footprint(tool.tool_name).reads:
                declare = f"{other}.{field} refers to it, so {tool.tool_name} must read {other}"
                reasons.append(f"{name} {entity_id!r} cannot be deleted: {declare}")
            elif any(entity.get(field) == entity_id for entity in after.collections[other]):
                reasons.append(f"{name} {entity_id!r} cannot be deleted: {other}.{field} still refers to it")
    return reasons


def _check_invariants(env: Environment, changed: Mapping[str, list[dict[str, Json]]]) -> list[str]:
    try:
        return env.find_broken_invariants(changed)
    except TwinFault as fault:
        return [f"an invariant cannot be evaluated: {fault}"]
