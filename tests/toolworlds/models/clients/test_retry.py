from email.utils import formatdate
from time import time

import pytest

from toolworlds.models.clients.retry import CapacityError, Patience, TransportError, Tries, read_retry_after
from toolworlds.records.completions import ProviderError


def test_a_call_ends_after_its_tries() -> None:
    """The fifth failure is the last, and the error names the call and the last reason."""
    tries = Tries("item/step/0", Patience(tries=5, backoff_s=0.0))
    for _ in range(4):
        tries.fail(TransportError("connection refused"))
    with pytest.raises(ProviderError, match="item/step/0 not served after 5 tries: connection refused"):
        tries.fail(TransportError("connection refused"))


def test_transport_waits_grow_and_capacity_waits_are_the_limiters() -> None:
    """Backoff doubles between half and full length; a full server is waited for elsewhere."""
    tries = Tries("a", Patience(backoff_s=1.0))
    waits = [tries.fail(TransportError("")) for _ in range(3)]
    assert [0.5 <= wait / full <= 1.0 for wait, full in zip(waits, (1, 2, 4), strict=True)] == [True] * 3
    assert tries.fail(CapacityError("", None)) == 0.0
    assert tries.failed == 4


def test_a_full_server_is_asked_more_often_than_a_broken_one() -> None:
    """Its limit needs several bursts to come down, and a call may be in each."""
    tries = Tries("a", Patience(tries=2, refusals=20))
    assert [tries.fail(CapacityError("full", None)) for _ in range(19)] == [0.0] * 19
    with pytest.raises(ProviderError, match="a not served after 20 tries: full"):
        tries.fail(CapacityError("full", None))


def test_a_wait_beyond_the_bound_ends_the_call_at_once() -> None:
    """A server that asks for an hour gets no second try."""
    with pytest.raises(ProviderError):
        Tries("a", Patience(total_s=60)).fail(CapacityError("full", 3600.0))


def test_the_time_bound_counts_from_the_first_failure() -> None:
    """However many tries are left, no further one begins after it."""
    tries = Tries("a", Patience(tries=100, total_s=0.5, backoff_s=0.4))
    with pytest.raises(ProviderError):
        [tries.fail(TransportError("")) for _ in range(99)]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), ("1.5", 1.5), ("", None), ("soon", None), ("-1", None), ("²", None), ("9" * 400, None)],
)
def test_retry_after_in_seconds(text: str, seconds: float | None) -> None:
    """Anything else than a number or a date is as good as absent."""
    assert read_retry_after({"retry-after": text}) == seconds


def test_retry_after_as_a_date() -> None:
    """A date is a wait from now; a past one is none."""
    ahead = read_retry_after({"retry-after": formatdate(time() + 30, usegmt=True)})
    assert ahead is not None and 28 < ahead <= 30
    assert read_retry_after({"retry-after": formatdate(time() - 30, usegmt=True)}) == 0.0
