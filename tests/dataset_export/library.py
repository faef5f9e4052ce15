"""Released rows of the lending library, for rewards and environments."""

import asyncio
import json
from functools import cache

from tests.toolworlds.world.lending_library import lend_and_pay, open_library
from toolworlds.records.base import Json
from toolworlds.records.tasks import Row, RowDraft
from toolworlds.sessions.open_rows import share_worker
from toolworlds.world.certificate import certify

LEND = {"name": "lend_book", "arguments": {"book_id": "bk_04", "member_id": "mb_01", "due": "2026-03-31"}}
PAY = {"name": "pay_fees", "arguments": {"member_id": "mb_01", "amount": 2.5}}
PAY_MORE = {"name": "pay_fees", "arguments": {"member_id": "mb_01", "amount": 1}}
FINAL = 'Done.\n{"outcome": "done", "reason": null, "answer": {"fees_left": 2.0, "free_copies": 2}}'
"""The last message that the row wants."""


@cache
def make_row() -> Row:
    """Four calls, two of them writes, two facts; every tool has a twin."""
    execute = open_library(share_worker())
    draft: RowDraft = lend_and_pay(execute)
    certificate = asyncio.run(certify(draft, execute, 0))
    assert certificate.passed, certificate.reasons
    return Row(**dict(draft), certificate=certificate)


@cache
def make_bare_row() -> Row:
    """The same row as a model simulated it: `pay_fees` has no twin, but a recorded answer."""
    row = make_row()
    recorded = [
        call.model_copy(update={"source": "model"}) if call.name == "pay_fees" else call
        for call in row.recorded_calls
    ]
    twins = {name: twin for name, twin in row.twins.items() if name != "pay_fees"}
    return row.model_copy(update={"twins": twins, "recorded_calls": recorded})


def list_calls(row: Row) -> list[dict[str, Json]]:
    """The ground truth as plain objects."""
    return [call.to_json() for call in row.gt_calls]


def write_line(row: Row) -> str:
    """The row as a line of a dataset."""
    return json.dumps(row.to_json())
