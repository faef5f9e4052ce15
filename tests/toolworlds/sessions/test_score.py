"""The reward of an episode: what was done, what was said, and what nobody can tell."""

import json
import multiprocessing
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.damage import damage
from tests.dataset_export.library import (
    FINAL,
    LEND,
    PAY,
    PAY_MORE,
    list_calls,
    make_bare_row,
    make_row,
    write_line,
)
from toolworlds.errors import UserError
from toolworlds.records.base import Entity, Json
from toolworlds.sessions.open_rows import open_row
from toolworlds.sessions.reward import judge
from toolworlds.sessions.score import is_rl_ready, score

ROOT = Path(__file__).resolve().parents[3]


def test_the_ground_truth_earns_one() -> None:
    """With every component right and nothing to complain of."""
    assert score(make_row(), list_calls(make_row()), FINAL) == {
        "valid": True,
        "reward": 1.0,
        "solved": True,
        "components": {"state": True, "answer": True, "extra_writes": 0},
        "reasons": [],
    }


def test_doing_nothing_earns_nothing() -> None:
    """It is a valid episode with a reward of 0."""
    reward = score(make_row(), [], "")
    assert (reward["valid"], reward["reward"], reward["solved"]) == (True, 0.0, False)
    assert reward["components"] == {"state": False, "answer": False, "extra_writes": 0}
    assert reward["reasons"]


def test_rows_and_calls_come_as_trainers_hold_them() -> None:
    """A row as record, object or JSON; arguments as object or text; calls bare or as OpenAI writes them."""
    row = make_row()
    native: list[dict[str, Json]] = [
        {"id": "1", "type": "function", "function": {**call, "arguments": json.dumps(call["arguments"])}}
        for call in list_calls(row)
    ]
    line = write_line(row)
    for form in (row, row.to_json(), line, line.encode(), open_row(row)):
        for calls in (list_calls(row), row.gt_calls, native):
            assert score(form, calls, FINAL)["reward"] == 1.0


def test_other_orders_and_reads_earn_the_same() -> None:
    """Only the end counts, whichever calls led there."""
    look = {"name": "find_member", "arguments": {"name": "Ines Falk"}}
    assert score(make_row(), [PAY, look, LEND, look], FINAL)["reward"] == 1.0


def test_extra_writes_are_counted() -> None:
    """Entities that the task leaves alone; a wrong change of the right one is none."""
    lend = {"name": "lend_book", "arguments": {"book_id": "bk_05", "member_id": "mb_01", "due": "2026-03-31"}}
    reward = score(make_row(), [*list_calls(make_row()), lend], FINAL)
    assert reward["components"] == {"state": False, "answer": True, "extra_writes": 2}
    again = score(make_row(), [*list_calls(make_row()), PAY_MORE], FINAL)
    assert again["components"] == {"state": False, "answer": True, "extra_writes": 0}


def test_a_wrong_answer_is_told_from_a_wrong_end() -> None:
    """A false fact and a false outcome both are wrong answers."""
    for message in (FINAL.replace("2.0", "3.0"), FINAL.replace('"done"', '"refuse"'), "All done."):
        reward = score(make_row(), list_calls(make_row()), message)
        assert reward["components"] == {"state": True, "answer": False, "extra_writes": 0}
        assert reward["reward"] == 0.0


def test_an_episode_that_was_cut_short_is_unsolved() -> None:
    """Even if all was done by then."""
    reward = score(make_row(), list_calls(make_row()), None)
    assert (reward["valid"], reward["reward"]) == (True, 0.0)
    assert reward["reasons"][0] == "the agent did not finish"


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"name": 3, "arguments": {}},
        {"name": "pay_fees", "arguments": "{"},
        {"name": "pay_fees", "arguments": [1]},
        {"name": "pay_fees", "arguments": {"amount": "much"}},
        {"name": "pay_fees", "arguments": {"amount": float("nan"), "member_id": "mb_01"}},
        {"name": "no_such_tool", "arguments": {}},
        {"name": "lend_book"},
    ],
)
def test_unusable_calls_change_nothing(call: dict[str, Json]) -> None:
    """They cost nothing either: the agent was told and went on."""
    assert score(make_row(), [call, *list_calls(make_row()), call], FINAL)["reward"] == 1.0


def test_a_recorded_answer_stands_in_for_a_twin() -> None:
    """On the recorded path a row without all twins is scored by code."""
    assert not is_rl_ready(make_bare_row())
    assert is_rl_ready(make_row())
    assert score(make_bare_row(), list_calls(make_bare_row()), FINAL)["reward"] == 1.0
    spelled = {"name": "pay_fees", "arguments": {"amount": 2.50, "member_id": "mb_01"}}
    assert score(make_bare_row(), [spelled, LEND], FINAL)["reward"] == 1.0


def test_what_nobody_can_answer_makes_an_episode_invalid() -> None:
    """It has no reward, rather than a reward of 0, and says why; what the gate refuses is answered."""
    assert score(make_bare_row(), [PAY_MORE, LEND], FINAL) == {
        "valid": False,
        "reward": None,
        "solved": False,
        "components": None,
        "reasons": ["pay_fees has no twin, and this call of it was not recorded"],
    }
    refused = {"name": "pay_fees", "arguments": {"member_id": "mb_01"}}
    assert score(make_bare_row(), [refused, LEND], FINAL)["valid"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("{", "not JSON"),
        ("[]", "the row is a list"),
        ({"id": "x_1", "summary": ""}, "row 'x_1' has no certificate"),
        ({"id": "x_1", "certificate": {}}, "row 'x_1' is no Row"),
        ({"id": "x_1", "certificate": {}, "format_version": 2}, "format_version 2"),
    ],
)
def test_what_is_no_row_is_refused(row: str | dict[str, Json], complaint: str) -> None:
    """With one line for the user: no reward stands for a broken dataset."""
    with pytest.raises(UserError, match=complaint):
        score(row, [], "")


@pytest.mark.parametrize("seed", range(200))
def test_whatever_an_agent_says_has_a_reward(seed: int) -> None:
    """Almost right calls and messages are judged; only what has no twin is left to nobody."""
    chance = random.Random(seed)
    calls = [damage(call, chance, 0.1) for call in list_calls(make_row())]
    place = chance.randrange(len(FINAL))
    message = FINAL[:place] + chance.choice(["", "{", '"', "NaN", "\ud800"]) + FINAL[place + 1 :]
    assert score(write_line(make_row()), calls, message)["reward"] in (0.0, 1.0)


def test_a_damaged_row_is_refused() -> None:
    """What code cannot make a world of is no episode of anybody's."""
    row = make_row().to_json()
    row["tools"][0]["parameters"]["required"] = 3
    with pytest.raises(UserError, match="row 'library_001_seq1' was damaged"):
        score(row, [], "")
    with pytest.raises(UserError, match="the row is no plain JSON"):
        score({"id": "x_1", "certificate": {1, 2}}, [], "")


@pytest.mark.parametrize("state", ["initial_state", "final_state"])
@pytest.mark.parametrize("seed", range(40))
def test_damaged_states_are_refused_or_harmless(state: str, seed: int) -> None:
    """In one line, before anything is played: entities without ids, of other types, in other collections."""
    row, chance = make_row().to_json(), random.Random(seed)
    for entities in row[state]["collections"].values():
        entities[0] = damage(entities[0], chance, 0.3)
    try:
        assert score(row, list_calls(make_row()), FINAL)["reward"] in (0.0, 1.0)
    except UserError as error:
        assert "the row is no plain JSON" in str(error) or "library_001_seq1" in str(error)
        assert "\n" not in str(error)


def test_a_collection_that_is_lost_is_told() -> None:
    """The schema says which there are."""
    row = make_row().to_json()
    row["final_state"]["collections"]["books"] = row["final_state"]["collections"].pop("members")
    with pytest.raises(UserError, match="collections members are in its schema or its states only"):
        score(row, [], "")


def test_sixteen_threads_score_alike() -> None:
    """All share the rows that are open and one Starlark worker."""
    line = write_line(make_row())
    wrong = [LEND, PAY, PAY_MORE]
    with ThreadPoolExecutor(16) as pool:
        rewards = list(pool.map(lambda n: score(line, wrong if n % 2 else [PAY, LEND], FINAL), range(160)))
    assert [reward["reward"] for reward in rewards] == [1.0, 0.0] * 80


def test_forked_children_have_workers_of_their_own() -> None:
    """Trainers fork; parent and children score on, each with its own Starlark process."""
    lines = [write_line(make_row())] * 4
    assert [score_oracle(line) for line in lines] == [1.0] * 4
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(score_oracle, lines).get(timeout=60) == [1.0] * 4
    assert score_oracle(lines[0]) == 1.0


def score_oracle(line: str) -> float | None:
    return score(line, [PAY, LEND], FINAL)["reward"]


def test_a_trainer_imports_it_from_its_own_folder(tmp_path: Path) -> None:
    """With the checkout on PYTHONPATH; the worker process ends with the trainer's."""
    (tmp_path / "row.json").write_text(write_line(make_row()))
    (tmp_path / "calls.json").write_text(json.dumps([list_calls(make_row()), FINAL]))
    program = (
        "import json\n"
        "from toolworlds.sessions.score import score\n"
        "from toolworlds.sessions.open_rows import share_worker\n"
        "calls, message = json.load(open('calls.json'))\n"
        "print(score(open('row.json').read(), calls, message)['reward'])\n"
        "print(share_worker()._process.pid)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    reward, pid = ran.stdout.split()
    assert reward == "1.0"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_extra_writes_are_whatever_differs_beside_the_task() -> None:
    """An entity that is gone, changed or added counts once; those that the task writes do not."""
    row = make_row()

    def count(**collections: list[Entity]) -> int:
        end = row.final_state.model_copy(
            update={"collections": {**row.final_state.collections, **collections}}
        )
        components = judge(row, end, FINAL)["components"]
        assert components is not None
        return components["extra_writes"]

    members, loans = (row.final_state.collections[name] for name in ("members", "loans"))
    payer = next(member for member in members if member["id"] == "mb_01")
    others = [member for member in members if member is not payer]
    assert count(members=[payer, *others[1:]]) == 1
    assert count(members=[payer, {**others[0], "fees": 99}, *others[1:]]) == 1
    assert count(members=[*members, {**payer, "id": "mb_99"}]) == 1
    assert count(members=[payer, {**others[0], "fees": 99}], loans=[*loans, {**loans[0], "id": "ln_99"}]) == 4
    assert count(members=others) == 0
    assert count(loans=[loan for loan in loans if loan in row.initial_state.collections["loans"]]) == 0
