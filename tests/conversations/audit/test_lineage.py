"""The command `lineage` as a user runs it."""

from pathlib import Path

import pytest

from conversations.audit import lineage
from tests.conversations.audit.guesthouse import SOUND
from utils import dump_line


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "conversations.jsonl"
    file.write_bytes(b"".join(dump_line(make().record()) for make in SOUND))
    return file


def test_flows_between_calls_are_shown(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each value that one call took from another, with step and field."""
    assert lineage.main(["--input", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "conv_7_0001 [Travel] rooms::search > rooms::book"
    assert '  1 rooms::book room_id = "RM-415" <- 0 rooms::search rooms[1].room_id' in lines
    assert '  2 rooms::cancel booking_id = "BK-88120" <- 1 rooms::book booking_id' in lines
    assert lines[-1].startswith("3 conversations, 16 arguments: 3 from outputs, 12 said by the user")


def test_verbose_shows_every_argument(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Said values too, with the message that said them."""
    assert lineage.main(["--input", str(path), "--id", "conv_7_0001", "--verbose"]) == 0
    out = capsys.readouterr().out
    assert "  1 rooms::book nights = 3 <- said by the user (message 6)" in out
    assert "conv_7_0002" not in out


def test_an_unknown_id_is_a_users_mistake(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit code 2."""
    assert lineage.main(["--input", str(path), "--id", "conv_9_9999"]) == 2
    assert "holds no conversation 'conv_9_9999'" in capsys.readouterr().err
