import pytest

from tests.toolworlds.world.lending_library import draft_row, lend_and_pay, open_library
from toolworlds.records.base import Json
from toolworlds.records.tasks import RowDraft
from toolworlds.records.tools import ToolCall
from toolworlds.records.trajectories import Score
from toolworlds.world.answers import parse_final
from toolworlds.world.json_paths import rename
from toolworlds.world.replay import TwinExecutor
from toolworlds.world.starlark import StarlarkWorker
from toolworlds.world.verifier import verify

ANSWER = '{"outcome": "done", "answer": {"fees_left": 2.0, "free_copies": 2}}'


@pytest.fixture(scope="module")
def execute(worker: StarlarkWorker) -> TwinExecutor:
    """The library, open."""
    return open_library(worker)


@pytest.fixture(scope="module")
def row(execute: TwinExecutor) -> RowDraft:
    """A row with two writes and two facts."""
    return lend_and_pay(execute)


def judge(row: RowDraft, message: str, changed: bool = True) -> Score:
    """The score of a message at the right end, or at the start."""
    return verify(row, row.final_state if changed else row.initial_state, parse_final(message))


def test_right_end_and_facts_solve(row: RowDraft) -> None:
    """The state of the ground truth and its facts, structured or said in a sentence."""
    assert judge(row, ANSWER) == Score(
        solved=True, reward=1.0, components={"state": True, "answer": True, "outcome": True}, reasons=[]
    )
    assert judge(row, "She owes €2.00, and two copies are free.").solved
    assert judge(row, '{"answer": {"Fees left": "2.00 EUR", "free copies": "two"}}').solved


def test_the_untouched_state_does_not(row: RowDraft) -> None:
    """Right facts without the work fail on the state, which the reasons name."""
    score = judge(row, ANSWER, changed=False)
    assert score.components == {"state": False, "answer": True, "outcome": True}
    assert score.reasons[0] == "members 'mb_01': fees is 4.5, should be 2"
    assert len(score.reasons) <= 5


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('{"answer": {"fees_left": 2.5, "free_copies": 2}}', "fees_left is 2.5, should be 2"),
        ('{"answer": {"fees_left": 2.0}}', "the answer lacks free_copies"),
        ("She owes €2.00.", None),
        ("", "the message does not state fees_left"),
        ('{"fees_left": 2, "free_copies": 2}', "the message does not state fees_left"),
        ("She owes 2. " + "Well. " * 200, "longer than 200 words"),
        (ANSWER.replace("done", "ask"), "the outcome is ask, should be done"),
        (ANSWER.replace("done", "refuse"), "the outcome is refuse, should be done"),
    ],
)
def test_wrong_messages(row: RowDraft, message: str, reason: str | None) -> None:
    """Wrong, missing, pasted and rambling answers; refusing or asking where work was due."""
    score = judge(row, message)
    if reason is None:
        assert score.solved  # "2" stands for both facts, whose values are equal
    else:
        assert any(reason in text for text in score.reasons)
        assert score.reward == 0.0


def test_minted_ids_in_facts_follow_the_episode(row: RowDraft) -> None:
    """A fact that is a minted id is right under the name that it has in this episode."""
    minted = row.recorded_calls[2].reply["loan_id"]
    fact = row.expected_answer[0].model_copy(
        update={"name": "loan", "type": "id", "value": minted, "call": 2, "path": ["loan_id"]}
    )
    asked = row.model_copy(update={"expected_answer": [fact]})
    state = row.final_state.model_copy(
        update={"collections": rename(row.final_state.collections, {minted: "ln_elsewhere"})}
    )
    assert verify(asked, state, parse_final('{"answer": {"loan": "ln_elsewhere"}}')).solved
    assert verify(asked, state, parse_final("The loan is ln_elsewhere.")).solved
    assert not verify(asked, state, parse_final(f'{{"answer": {{"loan": "{minted}"}}}}')).solved


@pytest.mark.parametrize("outcome", ["refuse", "ask"])
def test_refusals_and_questions_need_their_reason(execute: TwinExecutor, outcome: str) -> None:
    """The state stays as it was and the structured reason matches; prose alone is not enough."""
    draft = draft_row(
        execute, "Lend The Glass Orchard to Tom Arden.", [("find_books", {"author": "P. Venn"})]
    )
    row = draft.model_copy(update={"expected_outcome": outcome, "expected_reason": "no_copy_left"})
    assert judge(row, f'{{"outcome": "{outcome}", "reason": "No copy left"}}').solved
    for message in (
        f'{{"outcome": "{outcome}", "reason": "not allowed"}}',
        f'{{"outcome": "{outcome}"}}',
        '{"outcome": "done", "reason": "no_copy_left"}',
        "I am sorry, there is no copy left.",
    ):
        assert judge(row, message).components["outcome"] is False
    other: Json = [{**entity, "fees": 99} for entity in row.initial_state.collections["members"]]
    touched = row.final_state.model_copy(
        update={"collections": {**row.final_state.collections, "members": other}}
    )
    answer = parse_final(f'{{"outcome": "{outcome}", "reason": "no_copy_left"}}')
    assert verify(row, touched, answer).components["state"] is False


def test_another_route_to_the_same_end_is_right(execute: TwinExecutor, row: RowDraft) -> None:
    """Only the end counts: paying in two parts is paying."""
    halves = [{"member_id": "mb_01", "amount": 1.25}] * 2
    calls = [*row.gt_calls[:3], *(ToolCall(name="pay_fees", arguments=arguments) for arguments in halves)]
    other = draft_row(execute, row.summary, [(call.name, call.arguments) for call in calls])
    assert verify(row, other.final_state, parse_final(ANSWER)).solved


def test_two_hundred_words_may_state_the_facts(row: RowDraft) -> None:
    """Words are counted, not letters; with one more the message states nothing."""
    stated = "She owes €2.00, and two copies are free. "
    filler = 200 - len(stated.split())
    assert judge(row, stated + "Well then. " * (filler // 2) + "Well. " * (filler % 2)).solved
    longer = judge(row, stated + "Well. " * (filler + 1))
    assert longer.reasons == ["there is no structured answer and the message is longer than 200 words"]
