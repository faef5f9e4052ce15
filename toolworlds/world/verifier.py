"""Whether an episode reached the right end and reported the right facts: code, never a model."""

from collections.abc import Mapping

from toolworlds.language.values import mentions, same_value
from toolworlds.language.words import to_words
from toolworlds.records.base import Json
from toolworlds.records.tasks import Fact, RowDraft
from toolworlds.records.trajectories import Score
from toolworlds.records.worlds import WorldState
from toolworlds.world.answers import FinalAnswer, strip_objects
from toolworlds.world.differences import compare_states
from toolworlds.world.json_paths import rename

_LONGEST_TEXT = 200
"""Words of a message that may state facts without a structured answer; a longer one states none."""
_MOST_REASONS = 3
"""Reasons given for one component."""


def verify(row: RowDraft, final_state: WorldState, final: FinalAnswer) -> Score:
    """Judges an end state and a last message against a row.

    The state must be the row's final state, up to free text and minted ids; every expected fact must be in
    the structured answer or, when there is none, in a short message; the outcome must be the expected one,
    with its reason for `refuse` and `ask`. Whichever calls led there, they do not count.
    """
    comparison = compare_states(
        row.world_schema, row.initial_state, row.final_state, final_state, row.expected_answer
    )
    problems = {
        "state": comparison.differences,
        "answer": _find_fact_problems(row, final, comparison.renaming),
        "outcome": _find_outcome_problems(row, final),
    }
    solved = not any(problems.values())
    return Score(
        solved=solved,
        reward=1.0 if solved else 0.0,
        components={part: not found for part, found in problems.items()},
        reasons=[reason for found in problems.values() for reason in found[:_MOST_REASONS]],
    )


def _find_fact_problems(row: RowDraft, final: FinalAnswer, renaming: Mapping[str, str]) -> list[str]:
    """An expected minted id is looked for under the name it has in this episode."""
    facts = [fact.model_copy(update={"value": rename(fact.value, renaming)}) for fact in row.expected_answer]
    if not facts:
        return []
    if final.answer:
        stated = {to_words(name): value for name, value in final.answer.items()}
        return [problem for fact in facts if (problem := _judge_stated(fact, stated))]
    if len(final.text.split()) > _LONGEST_TEXT:
        return [f"there is no structured answer and the message is longer than {_LONGEST_TEXT} words"]
    prose = strip_objects(final.text)
    return [
        f"the message does not state {fact.name}"
        for fact in facts
        if not mentions(prose, fact.value, fact.type, row.now)
    ]


def _judge_stated(fact: Fact, stated: Mapping[str, Json]) -> str | None:
    name = to_words(fact.name)
    if name not in stated:
        return f"the answer lacks {fact.name}"
    if same_value(fact.value, stated[name], fact.type):
        return None
    return f"the answer's {fact.name} is {stated[name]!r:.60}, should be {fact.value!r:.60}"


def _find_outcome_problems(row: RowDraft, final: FinalAnswer) -> list[str]:
    if final.outcome != row.expected_outcome:
        return [f"the outcome is {final.outcome}, should be {row.expected_outcome}"]
    if row.expected_reason is None or row.expected_outcome == "done":
        return []
    if to_words(final.reason or "") == to_words(row.expected_reason):
        return []
    return [f"the reason is {final.reason!r:.60}, should be {row.expected_reason!r}"]
