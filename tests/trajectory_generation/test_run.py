from pathlib import Path

import pytest

from tests.stub_replies import Answer
from tests.stub_server import Ask, Behaviour, StubServer
from tests.toolworlds.batch.test_dataset import make_plain, make_row
from toolworlds.batch.dataset import Dataset, write_dataset
from trajectory_generation.run import list_rollouts, main
from utils import UserError, append_line, dump_line, list_stems, read_json


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two certified rows."""
    path = tmp_path / "rows.jsonl"
    write_dataset(path, ((name, dump_line(make_row(name))) for name in ("a", "b")))
    return path


def roll_out(dataset: Path, url: str, *argv: str) -> int:
    server = ["--model", "stub", "--server-url", url]
    return main(["--dataset", str(dataset), "--output-dir", str(dataset.parent / "out"), *server, *argv])


def read_summary(dataset: Path) -> dict[str, object]:
    summary: dict[str, object] = read_json(dataset.parent / "out" / "_run" / "summary.json")
    return summary


def test_nonsense_of_an_agent_solves_nothing(dataset: Path) -> None:
    """Unsolved is a verdict: exit code 0, reward 0, whatever the judge says."""
    with StubServer(Behaviour(answer=lambda ask: Answer("lorem ipsum"))) as stub:
        assert roll_out(dataset, stub.url) == 0
    assert list_stems(dataset.parent / "out") == {"a.0", "b.0"}
    trajectory = read_json(dataset.parent / "out" / "a.0.json")
    assert (trajectory["solved"], trajectory["reward"], trajectory["fault"]) == (False, 0.0, "agent")
    assert trajectory["judge"]["verdict"] == "failed"
    assert read_summary(dataset)["solved"] == 0


def test_nonsense_of_a_simulator_is_not_the_agents(dataset: Path) -> None:
    """The episodes are kept as invalid, listed as failures (exit code 1), and played again when asked."""
    with StubServer() as stub:
        assert roll_out(dataset, stub.url) == 1
        trajectory = read_json(dataset.parent / "out" / "a.0.json")
        assert (trajectory["valid"], trajectory["reward"], trajectory["fault"]) == (False, None, "simulator")
        assert read_summary(dataset)["faults"] == {"simulator": 2}
        asked = stub.stats.requests
        assert roll_out(dataset, stub.url) == 0
        assert stub.stats.requests == asked
    with StubServer(Behaviour(answer=lambda ask: Answer("Done."))) as stub:
        assert roll_out(dataset, stub.url, "--retry-failed") == 0
    assert read_summary(dataset)["faults"] == {"agent": 2}


def test_an_unserved_rollout_is_owed(dataset: Path) -> None:
    """No file, exit code 1, and counted; the next run asks again without being told to."""
    flaky = {"503": 1.0}
    with StubServer(Behaviour(faults=flaky, retry_after="0")) as stub:
        assert roll_out(dataset, stub.url, "--no-judge") == 1
    assert (list_stems(dataset.parent / "out"), read_summary(dataset)["unserved"]) == (set(), 2)
    with StubServer(Behaviour(answer=lambda ask: Answer("Done."))) as stub:
        assert roll_out(dataset, stub.url, "--no-judge") == 0
    assert len(list_stems(dataset.parent / "out")) == 2


def test_faults_on_the_way_change_no_verdict(dataset: Path) -> None:
    """Three in ten requests fail somehow; every rollout is there in the end."""
    faults = {"429": 0.1, "500": 0.1, "disconnect": 0.1}
    with StubServer(Behaviour(faults=faults, retry_after="0", answer=lambda ask: Answer("Done."))) as stub:
        assert roll_out(dataset, stub.url, "--no-judge", "--rollouts", "4") == 0
    assert read_summary(dataset)["rollouts"] == 8


def test_rollouts_may_grow(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is done stays done, and the figures are over all of it."""
    with StubServer(Behaviour(answer=lambda ask: Answer("Done."))) as stub:
        roll_out(dataset, stub.url, "--no-judge", "--task-id", "a")
        roll_out(dataset, stub.url, "--no-judge", "--rollouts", "2")
        figures = read_summary(dataset)
        roll_out(dataset, stub.url, "--no-judge", "--rollouts", "2")
    assert "4 rollouts: 1 done, 3 to do" in capsys.readouterr().out
    assert figures["rollouts"] == read_summary(dataset)["rollouts"] == 4
    assert figures["fields"] == read_summary(dataset)["fields"]


def test_a_plain_row_from_elsewhere_is_rolled_out(dataset: Path) -> None:
    """Tools imagined, judged by the judge alone."""

    def answer(ask: Ask) -> Answer:
        if "trajectory_judge" in ask.request_id:
            return Answer('{"reasoning": "", "problem": "", "verdict": "solved"}')
        return Answer("Done.")

    append_line(dataset, make_plain("elsewhere"))
    with StubServer(Behaviour(answer=answer)) as stub:
        assert roll_out(dataset, stub.url, "--task-id", "elsewhere") == 0
    trajectory = read_json(dataset.parent / "out" / "elsewhere.0.json")
    assert (trajectory["solved"], trajectory["certified"]) == (True, False)


def test_an_agent_without_tool_calling(dataset: Path) -> None:
    """It says one JSON action a message; kept and scored as native messages are."""
    finish = '{"reasoning": "", "call": null, "finish": {"message": "Sorry.", "outcome": "refuse"}}'
    with StubServer(Behaviour(answer=lambda ask: Answer(finish))) as stub:
        assert roll_out(dataset, stub.url, "--no-judge", "--json-actions", "--task-id", "a") == 0
    assert "tools" not in stub.asks[0].body
    trajectory = read_json(dataset.parent / "out" / "a.0.json")
    assert trajectory["final_message"].startswith("Sorry.")
    assert trajectory["components"]["outcome"] is False


def test_choosing_rows(dataset: Path) -> None:
    """One row, one field's rows, all rows; K rollouts of each."""
    rows = Dataset(dataset)
    field = str(make_row("a")["field"])
    assert list_rollouts(rows, "b", None, 2) == ["b.0", "b.1"]
    assert list_rollouts(rows, None, field, 1) == list_rollouts(rows, None, None, 1) == ["a.0", "b.0"]


@pytest.mark.parametrize(
    ("task_id", "field", "complaint"),
    [("z", None, "no row 'z'"), (None, "Baking", "no rows of field 'Baking'")],
)
def test_choosing_nothing_is_the_users_business(
    dataset: Path, task_id: str | None, field: str | None, complaint: str
) -> None:
    """Named in one line."""
    with pytest.raises(UserError, match=complaint):
        list_rollouts(Dataset(dataset), task_id, field, 1)


def test_an_id_that_is_a_path_is_refused(tmp_path: Path) -> None:
    """A row from elsewhere cannot name the file that is written."""
    path = tmp_path / "rows.jsonl"
    append_line(path, make_plain("../../etc/passwd"))
    with pytest.raises(UserError, match="is not a slug"):
        list_rollouts(Dataset(path), None, None, 1)


@pytest.mark.parametrize("content", ["{}", "[]"])
def test_a_stranger_in_the_folder_is_named(
    dataset: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A JSON file that is no trajectory ends the run with one line."""
    (dataset.parent / "out").mkdir()
    (dataset.parent / "out" / "notes.json").write_text(content)
    with StubServer(Behaviour(answer=lambda ask: Answer("lorem ipsum"))) as stub:
        assert roll_out(dataset, stub.url, "--task-id", "a") == 2
    assert "notes.json is no trajectory; move it out of this folder" in capsys.readouterr().err
