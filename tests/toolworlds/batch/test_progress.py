"""Progress on stderr: a bar for people, few lines for log files."""

import io
import sys

import pytest

from toolworlds.batch.progress import show_progress


class Terminal(io.StringIO):
    """Text that is shown to a person."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_many_are_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar moves with each item."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with show_progress("specs", 4) as advance:
        for _ in range(3):
            advance()
    assert "specs" in terminal.getvalue()
    assert "3/4" in terminal.getvalue()


def test_a_log_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    """What is quick needs none."""
    with show_progress("specs", 4) as advance:
        for _ in range(4):
            advance()
    assert capsys.readouterr().err == ""
