import orjson
import pytest

from toolworlds.errors import UserError
from toolworlds.models.clients.refusals import explain_status
from toolworlds.models.clients.retry import CapacityError, TransportError
from toolworlds.models.clients.window import OverflowRefusal
from toolworlds.records.completions import RefusalError

URL = "http://127.0.0.1:8000/v1"
TOO_LONG = "Input length (40000) exceeds model's maximum context length (32768)."
BAD_SCHEMA = "The provided JSON schema contains features not supported by xgrammar."
NO_PARSER = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'


def explain(status: int, message: str = "words", served_before: bool = False) -> Exception:
    body = orjson.dumps({"error": {"message": message}})
    return explain_status(status, {}, body, URL, "item/step/0", served_before)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, CapacityError),
        (503, CapacityError),
        (529, CapacityError),
        (500, TransportError),
        (502, TransportError),
        (504, TransportError),
        (408, TransportError),
        (401, UserError),
        (403, UserError),
        (404, UserError),
        (307, UserError),
        (413, RefusalError),
        (422, RefusalError),
    ],
)
def test_each_status_has_its_policy(status: int, kind: type[Exception]) -> None:
    """Slow down, try again, give up the item, or tell the user."""
    assert type(explain(status)) is kind


@pytest.mark.parametrize(
    ("message", "served_before", "kind"),
    [
        (TOO_LONG, False, OverflowRefusal),
        (BAD_SCHEMA, False, RefusalError),
        ("unheard-of", True, RefusalError),
        ("unheard-of", False, UserError),
        (NO_PARSER, True, UserError),
    ],
)
def test_a_400_is_the_items_or_the_users(message: str, served_before: bool, kind: type[Exception]) -> None:
    """By its words where they are known; else by whether the server has served other calls."""
    error = explain(400, message, served_before)
    assert type(error) is kind
    assert message in str(error)


def test_the_line_is_one_line_and_bounded() -> None:
    """Whatever a server writes into its error page."""
    error = explain_status(404, {}, b"<html>\n<p>\n" + b"x" * 10_000, URL, "", False)
    assert "\n" not in str(error)
    assert len(str(error)) < 600
