"""The command `inspect` as a user runs it."""

from pathlib import Path

import pytest

from conversations.audit import inspect, validate
from tests.conversations.audit.guesthouse import SOUND
from tests.conversations.audit.test_evaluate import with_call
from utils import dump_line


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "conversations.jsonl"
    file.write_bytes(b"".join(dump_line(make().record()) for make in SOUND))
    return file


def test_flows_between_calls_are_shown(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each value that one call took from another, with step and field."""
    assert inspect.main(["--input", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "conv_7_0001 [Travel] rooms::search > rooms::book"
    assert '  1 rooms::book room_id = "RM-415" <- 0 rooms::search rooms[1].room_id' in lines
    assert '  2 rooms::cancel booking_id = "BK-88120" <- 1 rooms::book booking_id' in lines
    assert lines[-1].startswith("3 conversations, 16 arguments: 3 from outputs, 12 said by the user")


def test_verbose_shows_every_argument(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Said values too, with the message that said them."""
    assert inspect.main(["--input", str(path), "--id", "conv_7_0001", "--verbose"]) == 0
    out = capsys.readouterr().out
    assert "  1 rooms::book nights = 3 <- said by the user (message 6)" in out
    assert "conv_7_0002" not in out


def test_an_unknown_id_is_a_users_mistake(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit code 2."""
    assert inspect.main(["--input", str(path), "--id", "conv_9_9999"]) == 2
    assert "holds no conversation 'conv_9_9999'" in capsys.readouterr().err


def test_inspect_and_validate_agree_on_what_has_a_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without any flag: what only the parameter itself offers is chosen, and sound; else it is neither."""
    for guests, source, sound in ((2, "chosen", "1 sound"), (5, "from nowhere", "0 sound")):
        record = with_call(lambda call: call["parameters"].update(guests=guests), 0)  # noqa: B023 - called at once
        file = tmp_path / f"{guests}.jsonl"
        file.write_bytes(dump_line(record))
        validate.main(["--input", str(file)])
        assert sound in capsys.readouterr().out
        assert inspect.main(["--input", str(file), "--verbose"]) == 0
        assert f"0 stay_finder::search_hotels guests = {guests} <- {source}" in capsys.readouterr().out
