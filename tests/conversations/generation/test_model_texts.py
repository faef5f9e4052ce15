"""Texts by a model are held to the checks of the templates."""

import asyncio

import orjson
import pytest

from conversations.generation.model_texts import Rewriter, check_wording, put_in
from roles.conversation_writer import ConversationWriter, WordedMessage, Wording
from tests.conversations.generation.corpus import make_conversations
from tests.roles.scripted import ScriptedModel
from toolworlds.records.conversations import Conversation


@pytest.fixture(scope="module")
def talk() -> Conversation:
    """One that asks back and then calls."""
    return next(
        c for c in make_conversations(150) if c.metadata.num_clarification_questions and len(c.tool_calls) > 1
    )


def echo(talk: Conversation, **changed: str) -> Wording:
    """The draft's own texts, some of them changed: `m0="…"`."""
    texts = {n: m.content for n, m in enumerate(talk.messages) if m.role != "tool" and m.content.strip()}
    texts |= {int(name[1:]): text for name, text in changed.items()}
    return Wording(texts=[WordedMessage(message=n, text=text) for n, text in texts.items()])


def test_the_draft_itself_is_fine(talk: Conversation) -> None:
    """What the templates say passes."""
    assert check_wording(talk, echo(talk)) == []


def test_other_words_with_the_same_values_are_fine(talk: Conversation) -> None:
    """A frame around the draft's words changes nothing that matters."""
    assert check_wording(talk, echo(talk, m0=f"Good evening! {talk.messages[0].content}")) == []


def test_what_a_wording_must_not_do(talk: Conversation) -> None:
    """Lose a value, invent a number, name a tool, leave a message out, turn a question into a statement."""
    answer = next(n for n, m in enumerate(talk.messages) if n and m.role == "user")
    last = len(talk.messages) - 1
    lost = echo(talk, **{f"m{answer}": "You know that already."})
    assert any("any more" in reason for reason in check_wording(talk, lost))
    invented = echo(talk, **{f"m{last}": f"{talk.messages[last].content} That makes 98431 in all."})
    assert any("98431" in reason for reason in check_wording(talk, invented))
    named = echo(talk, **{f"m{last}": f"I called {talk.tool_calls[0].name} for you."})
    assert any("no word of a dialogue" in reason for reason in check_wording(talk, named))
    stated = echo(talk, **{f"m{answer - 1}": "Tell me more."})
    assert any("question" in reason for reason in check_wording(talk, stated))
    missing = Wording(texts=echo(talk).texts[1:])
    assert any("each once" in reason for reason in check_wording(talk, missing))


def find_answers(talk: Conversation) -> list[int]:
    """The assistant's messages to the user that follow outputs."""
    pairs = enumerate(zip(talk.messages, talk.messages[1:], strict=False), 1)
    return [n for n, (before, m) in pairs if before.role == "tool" and m.content and not m.tool_calls]


def test_an_answer_still_tells_what_came_of_the_calls(talk: Conversation) -> None:
    """An empty phrase is no answer."""
    reasons = check_wording(talk, echo(talk, **{f"m{find_answers(talk)[-1]}": "Right."}))
    assert any("passes on nothing" in reason for reason in reasons)


def test_nobody_begins_to_say_things_twice() -> None:
    """Where the draft does not."""
    talk = next(c for c in make_conversations(150) if len(find_answers(c)) > 1)
    again = "And there is one more thing that I would like to say about all of it, which is this."
    texts = {f"m{n}": f"{talk.messages[n].content} {again}" for n in find_answers(talk)}
    assert any("says again" in reason for reason in check_wording(talk, echo(talk, **texts)))


def test_lists_keep_their_things_and_their_order() -> None:
    """`The second one` must still be the second; in which words it stands is free."""
    lists = ((c, n) for c in make_conversations(150) for n in find_answers(c))
    talk, place = next((c, n) for c, n in lists if c.messages[n].content.startswith("There are 3 hotels:\n"))
    content = talk.messages[place].content
    first, second = (line[3:] for line in content.split("\n")[1:3])

    def check(text: str) -> list[str]:
        reasons = check_wording(talk, echo(talk, **{f"m{place}": text}))
        return [reason for reason in reasons if reason.endswith("in this order")]

    assert check(content.replace("\n", "; ")) == []
    assert check(content.replace(second, "").replace(first, second)) == check("There are three.") != []
    assert check(content.replace(second, "*").replace(first, second).replace("*", first)) != []


def reword(talk: Conversation, *replies: str) -> tuple[Conversation, Rewriter]:
    rewriter = Rewriter(ConversationWriter(ScriptedModel(replies), 1), 1)
    return asyncio.run(rewriter.reword(talk)), rewriter


def test_a_usable_reply_is_put_in(talk: Conversation) -> None:
    """Texts are the model's; calls, outputs and metadata stay."""
    wording = echo(talk, m0=f"Good evening! {talk.messages[0].content}")
    reply = orjson.dumps({"reasoning": "", **wording.to_json()}).decode()
    made, rewriter = reword(talk, reply)
    assert made == put_in(talk, wording)
    assert made.messages[0].content.startswith("Good evening!")
    assert (made.tool_calls, made.tool_outputs, made.metadata) == (
        talk.tool_calls,
        talk.tool_outputs,
        talk.metadata,
    )
    assert rewriter.counts == {"worded": 1}


def test_rubbish_leaves_the_draft(talk: Conversation) -> None:
    """After the bounded re-asks the draft stays, and is counted."""
    made, rewriter = reword(talk, "no JSON at all")
    assert made == talk
    assert rewriter.counts == {"kept": 1}
