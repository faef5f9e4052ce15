"""Answers from results: whole sentences of theirs, with their source."""

import random
from collections.abc import Sequence

from episodes.answers import code, documents, errors, logs
from episodes.answers.base import Answer, Exchange, Voice
from toolworlds.records.episodes import Language
from toolworlds.world.calls import is_empty, is_error

__all__ = ["Answer", "Exchange", "compose_answer"]

COMPOSERS = {
    "workspace.search": documents.answer_search,
    "workspace.list_docs": documents.answer_list,
    "workspace.get_doc": documents.answer_document,
    "workspace.summarize": documents.answer_summary,
    "repo.search": code.answer_search,
    "repo.read_file": code.answer_file,
    "repo.log": code.answer_log,
    "repo.blame": code.answer_blame,
    "obs.count": logs.answer_count,
    "obs.aggregate": logs.answer_groups,
    "obs.trace": logs.answer_trace,
    "obs.drilldown": logs.answer_events,
}


def compose_answer(
    language: Language, asked: str, exchanges: Sequence[Exchange], rng: random.Random
) -> Answer | None:
    """An answer from the last result, in the light of those before it; None if it holds none."""
    voice = Voice(language, rng)
    last = exchanges[-1]
    if is_error(last.result) or is_empty(last.result):
        return errors.answer_failure(voice, last)
    answer = COMPOSERS[last.name](voice, asked, exchanges) if last.name in COMPOSERS else None
    if answer is None:
        return None
    return Answer(errors.admit_failure(voice, exchanges) + answer.text, answer.cites)
