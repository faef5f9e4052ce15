"""A model answers what code cannot, and only that."""

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from dataset_export.model_answers import ModelAnswers, share_answers
from llm import open_model
from tests.dataset_export.library import FINAL, LEND, PAY, PAY_MORE, make_bare_row, make_row
from tests.stub_replies import Answer
from tests.stub_server import Ask, Behaviour, StubServer
from toolworlds.models.options import ModelOptions
from toolworlds.sessions.answers import answer_by_code
from toolworlds.sessions.reward import Reward
from toolworlds.sessions.score import score
from toolworlds.sessions.session import Session
from toolworlds.world.replay import UnansweredCall
from utils import UserError

FEES = {"$entity": ["members", {"$arg": "member_id"}, "fees"]}
PAID = {
    "status": 200,
    "delta": [
        {
            "increment": "members",
            "id": {"$arg": "member_id"},
            "field": "fees",
            "by": {"$calc": "-a", "vars": {"a": {"$arg": "amount"}}},
        }
    ],
    "reply": {"left": FEES},
}
"""How a model simulates `pay_fees`."""


def simulate(ask: Ask) -> Answer:
    assert "pay_fees" in ask.body["messages"][1]["content"]
    return Answer(text=json.dumps({"reasoning": "", **PAID}))


@pytest.fixture
def stub() -> Iterator[StubServer]:
    with StubServer(Behaviour(answer=simulate)) as stub:
        yield stub


def test_a_model_answers_what_code_cannot(stub: StubServer) -> None:
    """Its word is committed like a twin's, and the episode is judged by code."""
    session = Session(make_bare_row(), share_answers(f"stub@{stub.url}"))
    first = session.step(PAY_MORE)
    assert (first.reply, first.source) == ({"left": 3.5}, "model")
    session.step({**PAY, "arguments": {"member_id": "mb_01", "amount": 1.5}})
    assert session.step(LEND).source == "twin"
    assert session.score(FINAL)["reward"] == 1.0


def test_the_model_is_asked_once(stub: StubServer) -> None:
    """Sixteen episodes that make the same call at once share its answer; recorded calls ask nobody."""
    answers = share_answers(f"stub@{stub.url}")
    with ThreadPoolExecutor(16) as pool:
        rewards = list(
            pool.map(lambda _: score(make_bare_row(), [LEND, PAY_MORE], FINAL, answers), range(32))
        )
    assert [reward["valid"] for reward in rewards] == [True] * 32
    assert stub.stats.served == 1
    assert score(make_bare_row(), [PAY, LEND], FINAL, answers)["reward"] == 1.0
    assert stub.stats.served == 1


def test_an_unusable_or_missing_answer_makes_the_episode_invalid() -> None:
    """The agent is not charged for what its world could not tell."""
    with StubServer(Behaviour(answer=lambda ask: Answer(text="{}"))) as stub:
        nonsense = ModelAnswers(open_model(ModelOptions(model="stub", server_urls=(stub.url,))))
        session = Session(make_bare_row(), nonsense)
        with pytest.raises(UnansweredCall, match="pay_fees could not be simulated"):
            session.step(PAY_MORE)
        assert session.score(FINAL)["reward"] is None
        nonsense.close()


def test_without_a_simulator_code_answers_alone() -> None:
    """The empty text asks for that; what names no server is refused in one line."""
    assert share_answers("") is answer_by_code
    for text in ("big", "@http://127.0.0.1:1/v1", "big@here"):
        with pytest.raises(UserError, match="names no simulator"):
            share_answers(text)


def test_a_forked_child_does_not_wait_for_its_parents_thread(stub: StubServer) -> None:
    """What a fork breaks is told at once: the parent's model client works in no child."""
    place = f"stub@{stub.url}"
    assert score(make_bare_row(), [PAY_MORE], FINAL, share_answers(place))["valid"]
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(score_apart, ("",)).get(timeout=30)["reward"] is None
        with pytest.raises(RuntimeError, match="fork"):
            pool.apply_async(score_apart, (place,)).get(timeout=30)


def score_apart(place: str) -> Reward:
    return score(make_bare_row(), [PAY_MORE], FINAL, share_answers(place))


def test_rows_with_all_twins_never_ask(stub: StubServer) -> None:
    """A model costs nothing where code knows."""
    assert score(make_row(), [LEND, PAY], FINAL, share_answers(f"stub@{stub.url}"))["reward"] == 1.0
    assert stub.stats.served == 0
