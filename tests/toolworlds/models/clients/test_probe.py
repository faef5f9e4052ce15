import pytest

from tests.stub_server import Behaviour, StubServer
from toolworlds.errors import UserError
from toolworlds.models.clients.probe import Engine, hide_key, look_at, read_url


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1"),
        ("https://host/v1/", "https://host/v1"),
        ("https://host/openai/v2", "https://host/openai/v2"),
    ],
)
def test_addresses_are_completed(given: str, root: str) -> None:
    """A bare host gets `/v1`; a path is kept."""
    assert read_url(given) == root


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host", "http://", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    """With an example of one that is."""
    with pytest.raises(UserError, match=r"give one like http://"):
        read_url(url)


def test_a_password_in_an_address_is_refused_without_being_repeated() -> None:
    """It would end up in logs."""
    with pytest.raises(UserError) as caught:
        read_url("http://me:hunter2@host/v1")
    assert "hunter2" not in str(caught.value)


def test_a_dead_server_is_named() -> None:
    """The line names the address and the cause."""
    with pytest.raises(UserError, match=r"cannot reach http://127.0.0.1:1/v1/models: .*refused"):
        look_at("http://127.0.0.1:1/v1", "stub", None)


def test_vllm_tells_its_version_and_whether_it_serves_the_model() -> None:
    """A wrong model is told at once, with the names of the right ones."""
    with StubServer(Behaviour(models=("small", "big"), owned_by="vllm")) as stub:
        assert look_at(stub.url, "big", None) == Engine("vllm", "0.0.stub")
        with pytest.raises(UserError, match="serves big, small, not 'bigger'"):
            look_at(stub.url, "bigger", None)


def test_other_servers_are_taken_as_they_are() -> None:
    """Their lists of models are often incomplete."""
    with StubServer() as stub:
        assert look_at(stub.url, "any", None) == Engine("openai-compatible", None)


def test_a_wrong_key_is_told_without_the_key() -> None:
    """Although this server repeats the key in its refusal."""
    with StubServer(Behaviour(key="right")) as stub, pytest.raises(UserError) as caught:
        look_at(stub.url, "stub", "sk-wrong-key")
    assert "sk-wrong-key" not in str(caught.value)
    assert "--api-key-env" in str(caught.value)


@pytest.mark.parametrize(
    "said", [b'"sk+a/b"', b'"sk\\u002Ba\\/b"', b'"sk\\u002ba\\u002Fb"', b"sk+a\\/b in words"]
)
def test_a_repeated_key_is_hidden_in_every_spelling(said: bytes) -> None:
    """JSON may write any character as an escape."""
    hidden = hide_key(said, "sk+a/b")
    assert b"***" in hidden and b"sk" not in hidden
