"""The certificate: what code establishes about a row before it is released."""

import random

from toolworlds.records.tasks import Certificate, ReplayMode, RowDraft
from toolworlds.world.canonical import digest
from toolworlds.world.equivalents import try_equivalents
from toolworlds.world.json_paths import NoSuchPath, read_path, show_path
from toolworlds.world.mutants import MutantReport, try_mutants
from toolworlds.world.policies import try_policies
from toolworlds.world.provenance import trace_arguments
from toolworlds.world.rehearsal import Rehearsal
from toolworlds.world.replay import Execute, Replay, compare_with_record, find_replay_mode, replay


async def certify(draft: RowDraft, execute: Execute, seed: int, budget: int | None = None) -> Certificate:
    """Examines a row; all of what is wrong with it stands in the certificate's `reasons`.

    `budget` bounds the mutants that may execute calls (None: no bound), for executors that ask a model.
    Raises UnansweredCall when the world cannot answer the ground truth itself.
    """
    rng = random.Random(f"{seed}:{draft.id}")
    if missing := _find_unknown_tools(draft):
        return _refuse("twin", draft, missing)
    replayed = await replay(draft.initial_state, draft.gt_calls, execute)
    mode = find_replay_mode(replayed.replies)
    if problems := compare_with_record(draft, replayed) + _check_goal(draft, replayed):
        return _refuse(mode, draft, problems)
    provenance = trace_arguments(draft, replayed)
    rehearsal = Rehearsal(draft, replayed, provenance.links, execute)
    truth = rehearsal.judge(rehearsal.truth())
    policies = await try_policies(rehearsal, rng)
    mutants = await try_mutants(rehearsal, provenance.prose, rng, budget)
    equivalents, refused = await try_equivalents(rehearsal)
    reasons = [
        *provenance.problems,
        *(f"the ground truth itself is refused: {reason}" for reason in truth.reasons),
        *(f"the trivial policy {name} solves it" for name, accepted in policies.items() if accepted),
        *mutants.accepted,
        *_find_untested(draft, replayed, mutants),
        *refused,
    ]
    return Certificate(
        replay=mode,
        passed=not reasons,
        reasons=reasons,
        state_changes=_changes(draft),
        facts=len(draft.expected_answer),
        trivial_policies=policies,
        mutants=mutants.counts,
        equivalents=equivalents,
        argument_sources=provenance.sources,
    )


def _refuse(mode: ReplayMode, draft: RowDraft, reasons: list[str]) -> Certificate:
    """The certificate of a row that is wrong before anything can be tried on it."""
    return Certificate(
        replay=mode,
        passed=False,
        reasons=reasons,
        state_changes=_changes(draft),
        facts=len(draft.expected_answer),
        trivial_policies={},
        mutants={},
        equivalents={},
        argument_sources=[],
    )


def _changes(draft: RowDraft) -> bool:
    return draft.initial_state.collections != draft.final_state.collections


def _find_unknown_tools(draft: RowDraft) -> list[str]:
    known = {tool.tool_name for tool in draft.tools}
    return [
        f"call {place}: the row has no tool {call.name!r}"
        for place, call in enumerate(draft.gt_calls)
        if call.name not in known
    ]


def _check_goal(draft: RowDraft, replayed: Replay) -> list[str]:
    """Whether success can be seen, and whether the facts are what the replies say."""
    problems = (
        [] if _is_observable(draft) else [f"success of outcome {draft.expected_outcome} cannot be observed"]
    )
    names = [fact.name for fact in draft.expected_answer]
    problems += [f"fact {name} is asked for twice" for name in set(names) if names.count(name) > 1]
    replies = dict(enumerate(replayed.replies))
    for fact in draft.expected_answer:
        try:
            held = read_path(replies[fact.call].reply, fact.path)
        except (KeyError, NoSuchPath):
            problems.append(f"fact {fact.name}: call {fact.call} has nothing at {show_path(fact.path)}")
            continue
        if digest(held) != digest(fact.value):
            problems.append(
                f"fact {fact.name} is {fact.value!r:.60}, but call {fact.call} replied {held!r:.60}"
            )
    return problems


def _is_observable(draft: RowDraft) -> bool:
    """`done` leaves a change or facts; `refuse` and `ask` leave no change and state a reason."""
    if draft.expected_outcome == "done":
        return _changes(draft) or bool(draft.expected_answer)
    return not _changes(draft) and bool(draft.expected_reason)


def _find_untested(draft: RowDraft, replayed: Replay, mutants: MutantReport) -> list[str]:
    """Calls that change something or show a fact, of which no mutant was refused."""
    telling = {fact.call for fact in draft.expected_answer}
    telling |= {place for place, reply in enumerate(replayed.replies) if reply.delta}
    return [
        f"call {place} ({draft.gt_calls[place].name}): no mutant of it fails, so it does not matter"
        for place in sorted(telling - mutants.refuted)
    ]
