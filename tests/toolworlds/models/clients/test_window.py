"""Replies fitted to the context window, by what servers state and by what their refusals say."""

import pytest

from tests.stub_replies import Answer
from tests.stub_server import Ask, Behaviour, StubServer
from tests.toolworlds.models.clients.test_server import ask_once, use
from toolworlds.models.clients.window import Window, read_overflow
from toolworlds.records.completions import Completion, ContextError

VLLM = (
    "This model's maximum context length is 8192 tokens. However, you requested 4096 output tokens and your "
    "prompt contains at least 4200 input tokens, for a total of at least 8296 tokens."
)


@pytest.mark.parametrize(
    ("said", "window", "prompt"),
    [
        (VLLM, 8192, 4200),
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 12288. This model's maximum context "
            "length is 8192 tokens and your request has 4200 input tokens (12288 > 8192 - 4200).",
            8192,
            4200,
        ),
        (
            "Requested token count exceeds the model's maximum context length of 8192 tokens. You requested "
            "a total of 9000 tokens: 5000 tokens from the input messages and 4000 tokens for the completion.",
            8192,
            5000,
        ),
        ("The input (9000 tokens) is longer than the model's context length (8192 tokens).", 8192, 9000),
        (
            "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
            8192,
            9000,
        ),
        (
            "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 "
            "tokens.",
            128000,
            130000,
        ),
        (
            "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 3000 `inputs` tokens and 2000",
            4096,
            3000,
        ),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200000, 210000),
    ],
)
def test_overflow_is_read_in_the_words_of_each_engine(said: str, window: int, prompt: int) -> None:
    """How large the window is and how long the prompt."""
    refusal = read_overflow(said)
    assert refusal is not None
    assert (refusal.window, refusal.prompt) == (window, prompt)


@pytest.mark.parametrize("said", ["Unknown parameter: 'seed'.", "The schema name is too long"])
def test_other_refusals_are_no_overflow(said: str) -> None:
    """They keep their own meaning."""
    assert read_overflow(said) is None


def answer_within(window: int, prompt: int) -> Behaviour:
    """A server like vLLM: it stops counting a prompt where it is too long for what was asked."""

    def answer(ask: Ask) -> Answer:
        asked = ask.body["max_tokens"]
        if asked + prompt <= window:
            return Answer(f"asked for {asked}")
        counted = min(prompt, window - asked + 1)
        said = VLLM.replace("8192", str(window)).replace("4096", str(asked)).replace("4200", str(counted))
        return Answer(said, status=400)

    return Behaviour(answer=answer)


@pytest.mark.parametrize("prompt", [4200, 7000, 8000])
def test_a_reply_is_fitted_beside_its_prompt(prompt: int) -> None:
    """After a refusal the same request asks for less, whether or not the prompt was counted whole."""
    with StubServer(answer_within(8192, prompt)) as stub:
        reply = use([stub.url], ask_once())
    assert isinstance(reply, Completion)
    assert int(reply.text.removeprefix("asked for ")) + prompt <= 8192


def test_a_prompt_without_place_for_a_reply_is_an_error_of_the_item() -> None:
    """One line names prompt, window and what to do."""
    with StubServer(answer_within(8192, 8150)) as stub, pytest.raises(ContextError) as caught:
        use([stub.url], ask_once())
    for part in ("/step/0", "8,192 tokens", "--max-model-len"):
        assert part in str(caught.value)
    assert stub.stats.requests < 8


def test_a_known_window_is_kept_to_from_what_was_learnt() -> None:
    """Once a prompt's length was counted, a longer one is fitted without a refusal."""
    window = Window(8192)
    assert window.fit({"max_tokens": 4096}, 30_000) == {"max_tokens": 4096}
    window.learn(1000, 250)
    assert window.fit({"max_tokens": 4096}, 24_000)["max_tokens"] == 8192 - 6000 - 16
    assert Window(None).fit({"max_tokens": 4096}, 10**9) == {"max_tokens": 4096}
