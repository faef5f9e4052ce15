import logging

import orjson
import pytest

from toolworlds.models.clients.concessions import Concessions

STRICT = {
    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}, "strict": True}}
}


def refuse(message: str, param: str | None = None) -> bytes:
    return orjson.dumps({"error": {"message": message, "param": param, "code": "unsupported_parameter"}})


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (
            refuse("Unsupported parameter: 'reasoning.effort' is not supported.", "reasoning.effort"),
            "reasoning",
        ),
        (refuse("Unsupported value: 'temperature' does not support 0.8 with this model."), "temperature"),
        (refuse("Unknown parameter: 'seed'."), "seed"),
        (b'{"detail": "extra fields not permitted: top_p"}', "top_p"),
    ],
)
def test_a_refused_field_is_left_out_from_then_on(said: bytes, field: str) -> None:
    """It is named by `param` or in the words; all other fields stay."""
    sent = {"model": "m", "reasoning": {"effort": "high"}, "temperature": 0.8, "seed": 1, "top_p": 0.9}
    concessions = Concessions()
    assert concessions.concede(400, said, sent)
    assert concessions.apply(sent) == {key: value for key, value in sent.items() if key != field}


def test_a_renamed_field_goes_under_its_new_name() -> None:
    """Models that reason count their tokens under another name."""
    concessions, sent = Concessions(), {"max_tokens": 5}
    said = refuse("Unsupported parameter: 'max_tokens' is not supported with this model.", "max_tokens")
    assert concessions.concede(400, said, sent)
    assert concessions.apply(sent) == {"max_completion_tokens": 5}


def test_a_schema_that_is_too_open_is_not_strict_any_longer() -> None:
    """The schema itself still travels."""
    concessions = Concessions()
    said = refuse(
        "Invalid schema for response_format 'x': additionalProperties must be false", "response_format"
    )
    assert concessions.concede(400, said, STRICT)
    loose = concessions.apply(STRICT)
    assert loose["response_format"]["json_schema"] == {"name": "x", "schema": {}, "strict": False}
    assert not concessions.concede(400, said, loose)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, refuse("This model's maximum context length is 2048 tokens; max_tokens is too large.")),
        (400, refuse("Unknown parameter: 'colour'.")),
        (401, refuse("Unsupported parameter: 'seed'.")),
        (400, b"<html>no</html>"),
    ],
)
def test_other_refusals_are_none_of_its_business(status: int, said: bytes) -> None:
    """They are explained as before."""
    assert not Concessions().concede(status, said, {"seed": 1, "max_tokens": 9})


def test_each_concession_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """Many calls in flight meet the same refusal; each is sent again, one line is logged."""
    concessions, sent = Concessions(), {"seed": 1}
    with caplog.at_level(logging.WARNING):
        assert all(concessions.concede(400, refuse("Unknown parameter: 'seed'."), sent) for _ in range(5))
    assert len(caplog.records) == 1
    assert "'seed'" in caplog.text


ECHO = (
    "[{'type': 'value_error', 'loc': ('body',), 'msg': 'Value error, invalid function schema', 'input': %s}]"
)
PLACED = "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not permitted'}]"


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (ECHO % {"temperature": 0.7, "seed": 1}, None),
        ('invalid request: {"temperature": 0.7, "seed": 1}', None),
        (PLACED, "seed"),
        ("unsupported parameter seed; got {'temperature': 0.7}", "seed"),
    ],
)
def test_a_repeated_request_names_no_field(message: str, field: str | None) -> None:
    """A refusal that quotes the request names all of its fields and means none of them."""
    sent = {"temperature": 0.7, "seed": 1}
    assert Concessions().concede(400, refuse(message), sent) == field


def test_fields_listed_by_a_framework_are_found() -> None:
    """FastAPI's list of errors says where each is."""
    said = orjson.dumps({"detail": [{"loc": ["body", "top_p"], "msg": "Extra inputs are not permitted"}]})
    assert Concessions().concede(422, said, {"top_p": 1, "seed": 1}) == "top_p"


def test_a_concession_that_did_not_help_is_undone() -> None:
    """The field is sent again; provenance names what is not sent."""
    concessions, sent = Concessions(), {"seed": 1}
    assert concessions.describe() == {}
    concessions.concede(400, refuse("Unknown parameter: 'seed'."), sent)
    assert concessions.describe() == {"not_sent": ["seed"]}
    concessions.undo(["seed"])
    assert concessions.apply(sent) == sent
