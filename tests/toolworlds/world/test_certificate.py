import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.toolworlds.world.lending_library import draft_row, lend_and_pay, open_library
from toolworlds.records.base import Json
from toolworlds.records.tasks import Certificate, Row, RowDraft
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.records.worlds import WorldState
from toolworlds.world.certificate import certify
from toolworlds.world.replay import Execute, TwinExecutor, UnansweredCall
from toolworlds.world.starlark import StarlarkWorker


@pytest.fixture(scope="module")
def execute(worker: StarlarkWorker) -> TwinExecutor:
    """The library, open."""
    return open_library(worker)


@pytest.fixture(scope="module")
def draft(execute: TwinExecutor) -> RowDraft:
    """Four calls, two writes, two facts."""
    return lend_and_pay(execute)


def examine(draft: RowDraft, execute: Execute, **options: Any) -> Certificate:
    """The certificate under one seed."""
    return asyncio.run(certify(draft, execute, 7, **options))


def test_a_sound_row_is_certified(execute: TwinExecutor, draft: RowDraft) -> None:
    """What a certificate of a good row says."""
    certificate = examine(draft, execute)
    assert certificate.reasons == []
    assert certificate.passed
    assert (certificate.replay, certificate.state_changes, certificate.facts) == ("twin", True, 2)
    assert certificate.trivial_policies == dict.fromkeys(
        ("nothing", "echo", "pasted_reads", "last_call_alone", "random_writes", "wrong_answer"), False
    )
    counts = certificate.mutants
    assert (counts["dropped_call"].failed, counts["dropped_call"].neutral) == (3, 1)
    assert counts["wrong_entity"].failed >= 3
    assert counts["changed_argument"].failed >= 2
    assert sum(count.passed + count.untried for count in counts.values()) == 0
    assert certificate.equivalents["extra_read"] == 2
    assert Row(**dict(draft), certificate=certificate).certificate.passed


def test_same_seed_same_certificate(execute: TwinExecutor, draft: RowDraft) -> None:
    """Nothing but seed and row decides."""
    assert examine(draft, execute) == examine(draft, execute)


@pytest.mark.parametrize("reads_first", [True, False])
def test_independent_calls_may_change_places(execute: TwinExecutor, reads_first: bool) -> None:
    """A read and a write that touch different collections are tried in the other order, and accepted."""
    calls: list[tuple[str, dict[str, Json]]] = [
        ("find_books", {"author": "M. Quill"}),
        ("pay_fees", {"member_id": "mb_03", "amount": 2.25}),
    ]
    draft = draft_row(
        execute,
        "How many copies of Salt Roads by M. Quill are free? And Ruth Okafor pays 2.25 of her fees.",
        calls if reads_first else calls[::-1],
        [("free", "integer", 0 if reads_first else 1, ["books", 0, "free"])],
    )
    certificate = examine(draft, execute)
    assert certificate.passed
    assert certificate.equivalents["reordered"] == 1


def test_a_call_stays_behind_what_it_is_fed_by(execute: TwinExecutor) -> None:
    """Who uses an id from a reply cannot come before that reply."""
    calls: list[tuple[str, dict[str, Json]]] = [
        ("find_member", {"name": "Ines Falk"}),
        ("lend_book", {"book_id": "bk_04", "member_id": "mb_01", "due": "2026-03-31"}),
    ]
    certificate = examine(draft_row(execute, "Lend Winter Bees to Ines Falk until 31 March.", calls), execute)
    assert certificate.passed
    assert certificate.equivalents["reordered"] == 0


def update(**changes: Json) -> Callable[[RowDraft], RowDraft]:
    """A change of some fields of a row."""
    return lambda draft: draft.model_copy(update=changes)


def spoil_fact(**changes: Json) -> Callable[[RowDraft], RowDraft]:
    """A change of the first fact."""
    return lambda draft: draft.model_copy(
        update={"expected_answer": [draft.expected_answer[0].model_copy(update=changes)]}
    )


FAULTS: list[tuple[Callable[[RowDraft], RowDraft], str]] = [
    (
        lambda draft: draft.model_copy(update={"final_state": draft.initial_state}),
        "does not end in the recorded",
    ),
    (update(tools=[]), "the row has no tool 'find_member'"),
    (update(expected_outcome="ask"), "success of outcome ask cannot be observed"),
    (spoil_fact(value=3), "fact fees_left is 3, but call 3 replied 2"),
    (spoil_fact(path=["rest"]), "fact fees_left: call 3 has nothing at rest"),
    (spoil_fact(call=9), "fact fees_left: call 9 has nothing at left"),
    (
        lambda draft: draft.model_copy(update={"expected_answer": draft.expected_answer[:1] * 2}),
        "fact fees_left is asked for twice",
    ),
    (update(summary="Lend a book, please."), "comes from nowhere"),
]


@pytest.mark.parametrize(("spoil", "reason"), FAULTS)
def test_a_faulty_row_is_refused_with_the_reason(
    execute: TwinExecutor, draft: RowDraft, spoil: Callable[[RowDraft], RowDraft], reason: str
) -> None:
    """Wrong records, unobservable success, facts that no reply holds, arguments out of nowhere."""
    certificate = examine(spoil(draft), execute)
    assert not certificate.passed
    assert any(reason in text for text in certificate.reasons)


def test_rows_that_reward_an_echo_are_refused(execute: TwinExecutor) -> None:
    """When the request itself holds the facts, repeating it would solve the task."""
    draft = draft_row(
        execute,
        "Is Winter Bees among the books by M. Quill?",
        [("find_books", {"author": "M. Quill"})],
        [("title", "string", 0, ["books", 1, "title"])],
    )
    certificate = examine(draft, execute)
    assert certificate.trivial_policies["echo"]
    assert "the trivial policy echo solves it" in certificate.reasons


def test_rows_that_reward_pasted_replies_are_refused(execute: TwinExecutor) -> None:
    """Where a reply is a bare list of what is asked for, whoever pastes all replies has answered."""

    async def list_fees(state: WorldState, call: ToolCall) -> tuple[WorldState, ToolReply]:
        after, reply = await execute(state, call)
        bare = [reply.reply["fees"]] if reply.status == 200 and call.name == "find_member" else reply.reply
        return after, reply.model_copy(update={"reply": bare})

    calls: list[tuple[str, dict[str, Json]]] = [("find_member", {"name": "Ines Falk"})]
    draft = draft_row(list_fees, "What does Ines Falk owe?", calls, [("fees", "number", 0, [0])])
    certificate = examine(draft, list_fees)
    assert certificate.reasons == ["the trivial policy pasted_reads solves it"]


def test_nothing_is_told_from_an_unknown(execute: TwinExecutor) -> None:
    """A fact that is null has a wrong answer as well."""

    async def hide_fees(state: WorldState, call: ToolCall) -> tuple[WorldState, ToolReply]:
        after, reply = await execute(state, call)
        return after, reply.model_copy(update={"reply": {**reply.reply, "fees": None}})

    calls: list[tuple[str, dict[str, Json]]] = [("find_member", {"name": "Ines Falk"})]
    draft = draft_row(hide_fees, "What does Ines Falk owe?", calls, [("fees", "number", 0, ["fees"])])
    assert examine(draft, hide_fees).trivial_policies["wrong_answer"] is False


def test_rows_whose_last_call_does_it_all_are_refused(execute: TwinExecutor) -> None:
    """A change that the next call overwrites can be left out."""
    draft = draft_row(
        execute,
        "Salt Roads, lent to Ines Falk, may stay until 1 April, no, better until 2 April.",
        [
            ("extend_loan", {"loan_id": "ln_01", "due": "2026-04-01"}),
            ("extend_loan", {"loan_id": "ln_01", "due": "2026-04-02"}),
        ],
    )
    certificate = examine(draft, execute)
    assert certificate.mutants["dropped_call"].neutral == 1
    assert certificate.reasons == ["the trivial policy last_call_alone solves it"]


def test_what_only_prose_could_tell_must_be_a_fact(execute: TwinExecutor) -> None:
    """A wrong title in a note goes unseen, and refuses the row, unless the title is asked for as well."""
    request = "Tom Arden, mb_02, has one book. Write its title into the remark on the loan of Ruth Okafor"
    calls: list[tuple[str, dict[str, Json]]] = [
        ("list_loans", {"member_id": "mb_02"}),
        ("annotate_loan", {"loan_id": "ln_02", "note": "Small Engines"}),
    ]
    blind = examine(draft_row(execute, f"{request}.", calls), execute)
    assert blind.mutants["wrong_entity"].passed == 1
    assert "is accepted although it ends differently" in blind.reasons[0]
    told = draft_row(
        execute, f"{request}, and tell me.", calls, [("title", "string", 0, ["loans", 0, "title"])]
    )
    seeing = examine(told, execute)
    assert seeing.mutants["wrong_entity"].passed == 0
    assert seeing.passed


def test_a_change_in_prose_alone_still_counts(execute: TwinExecutor) -> None:
    """A note in other words is right, no note is not, and the words are no argument to mutate."""
    draft = draft_row(
        execute,
        "Leave a friendly remark on the loan of Ruth Okafor.",
        [("annotate_loan", {"loan_id": "ln_02", "note": "Take your time."})],
    )
    certificate = examine(draft, execute)
    assert certificate.passed
    assert certificate.mutants["changed_argument"].failed == 0
    assert certificate.mutants["dropped_call"].failed == 1


def test_refusals_are_certified_by_reason_and_facts(execute: TwinExecutor) -> None:
    """A task that has to be refused: nothing changes, and the reason is part of the goal."""
    draft = draft_row(
        execute,
        "Lend The Glass Orchard by P. Venn to Tom Arden until 1 April, or say how many copies are free.",
        [("find_books", {"author": "P. Venn"})],
        [("free", "integer", 0, ["books", 0, "free"])],
    ).model_copy(update={"expected_outcome": "refuse", "expected_reason": "no_copy_left"})
    certificate = examine(draft, execute)
    assert certificate.reasons == []
    assert not certificate.state_changes


class Patchy:
    """Executes calls until `limit` of them are spent, then can answer no more."""

    def __init__(self, execute: Execute, limit: int) -> None:
        self._execute = execute
        self.left = limit

    async def __call__(self, state: WorldState, call: ToolCall) -> tuple[WorldState, ToolReply]:
        """One call, or a fault."""
        self.left -= 1
        if self.left < 0:
            raise UnansweredCall(f"{call.name} cannot be answered")
        return await self._execute(state, call)


def test_mutants_beyond_the_budget_are_untried(execute: TwinExecutor, draft: RowDraft) -> None:
    """Without a budget only the drop of the last call is free; the row then lacks failing mutants."""
    certificate = examine(draft, execute, budget=0)
    assert sum(count.untried for count in certificate.mutants.values()) > 5
    assert certificate.mutants["dropped_call"].failed == 1
    assert not certificate.passed
    assert examine(draft, execute, budget=3).passed


def test_faults_of_the_world_are_no_verdicts(execute: TwinExecutor, draft: RowDraft) -> None:
    """A ground truth that cannot be answered raises; a variant that cannot is untried."""
    with pytest.raises(UnansweredCall):
        examine(draft, Patchy(execute, 3))
    certificate = examine(draft, Patchy(execute, 4))
    assert certificate.mutants["dropped_call"].untried == 3
    assert not certificate.passed


def test_a_write_that_no_mutant_disproves_refuses_the_row(execute: TwinExecutor) -> None:
    """Even where no fact hangs on it: nothing shows that the first call matters."""
    draft = draft_row(
        execute,
        "Ines Falk wants Winter Bees until the 31st of March, and pays €2.50 of her fees.",
        [
            ("lend_book", {"book_id": "bk_04", "member_id": "mb_01", "due": "2026-03-31"}),
            ("pay_fees", {"member_id": "mb_01", "amount": 2.5}),
        ],
    )
    assert examine(draft, execute).passed
    certificate = examine(draft, execute, budget=0)
    assert certificate.reasons == ["call 0 (lend_book): no mutant of it fails, so it does not matter"]
    assert not certificate.passed


LEND: tuple[str, dict[str, Json]] = (
    "lend_book",
    {"book_id": "bk_04", "member_id": "mb_01", "due": "2026-03-31"},
)


@pytest.mark.parametrize(
    ("request_text", "calls", "fact"),
    [
        (
            "Which books has Ines Falk, mb_01, got now? Then lend her Winter Bees until 31 March.",
            [("list_loans", {"member_id": "mb_01"}), LEND],
            ("loans", "list", 0, ["loans"]),
        ),
        (
            "Lend Winter Bees to Ines Falk until 31 March. How many of it, by M. Quill, are then free?",
            [LEND, ("find_books", {"author": "M. Quill"})],
            ("free", "integer", 1, ["books", 1, "free"]),
        ),
    ],
)
def test_calls_in_conflict_keep_their_places(
    execute: TwinExecutor, request_text: str, calls: list[Any], fact: Any
) -> None:
    """A read shows another world before a write than after it: whichever is first, it stays so."""
    certificate = examine(draft_row(execute, request_text, calls, [fact]), execute)
    assert certificate.reasons == []
    assert certificate.equivalents["reordered"] == 0
