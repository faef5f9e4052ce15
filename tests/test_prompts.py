"""What holds for every prompt file."""

import asyncio
import contextlib
import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from roles.pins import PINS, current_prompts, find_unversioned
from roles.replies import read_reply
from roles.templates import FOLDER, PROVIDED, load_template
from tests.roles.scenes import GOLDEN, ROLES, SCENES
from tests.roles.scripted import ScriptedModel
from toolworlds.records.completions import Completion, ReplyError, Request
from utils import read_json

NAMES = sorted(path.stem for path in FOLDER.glob("*.yml"))
TYPED = sorted(name for name, (reply_type, _) in SCENES.items() if reply_type)


def ask_for(name: str, *, reasoning_channel: bool = False) -> Request:
    """The first request of a prompt's scene."""
    model = ScriptedModel(["no reply"], {"reasoning_channel": reasoning_channel})
    with contextlib.suppress(ReplyError):
        asyncio.run(SCENES[name][1](model))
    return model.requests[0]


def find_examples(request: Request) -> list[str]:
    return re.findall(r"<example>\n(.*?)\n</example>", request.messages[0]["content"], re.DOTALL)


def render_golden(name: str) -> str:
    messages = ask_for(name).messages
    return "\n".join(f"[{message['role']}]\n{message['content']}\n" for message in messages)


def test_every_prompt_belongs_to_a_part_and_every_part_has_a_prompt() -> None:
    """No prompt lies about unused, no role asks for one that is not there, and each has a scene here."""
    parts = sorted(f"{role.name}.{part}" for role in ROLES for part in role.parts)
    assert parts == NAMES == sorted(SCENES)


@pytest.mark.parametrize("name", NAMES)
def test_declared_inputs_are_the_used_ones(name: str) -> None:
    """The header names exactly what the texts use, and says what each is."""
    template = load_template(name)
    assert template.used == set(template.inputs)
    assert all(template.inputs.values())
    assert not PROVIDED & set(template.inputs)


@pytest.mark.parametrize("name", NAMES)
def test_golden_rendering(name: str) -> None:
    """The prompt reads as it was last read by a person; `python -m tests.test_prompts` writes it anew."""
    assert render_golden(name) == (GOLDEN / "prompts" / f"{name}.txt").read_text()


@pytest.mark.parametrize("reasoning_channel", [False, True])
@pytest.mark.parametrize("name", TYPED)
def test_examples_are_replies(name: str, reasoning_channel: bool) -> None:
    """Every example in a prompt fits the schema it is asked under and parses as the role's reply."""
    reply_type, request = SCENES[name][0], ask_for(name, reasoning_channel=reasoning_channel)
    assert reply_type is not None and request.reply_schema is not None
    validator = jsonschema_rs.validator_for(request.reply_schema)
    examples = find_examples(request)
    assert examples
    for example in examples:
        validator.validate(json.loads(example))
        read_reply(Completion(text=example, finish_reason="stop", model="m"), reply_type)


@pytest.mark.parametrize("name", TYPED)
def test_reasoning_is_asked_for_only_without_a_channel(name: str) -> None:
    """Models that reason in a channel of their own are neither told nor made to write a reasoning field."""
    with_field, without = ask_for(name), ask_for(name, reasoning_channel=True)
    assert with_field.reply_schema is not None and without.reply_schema is not None
    assert next(iter(with_field.reply_schema["properties"])) == "reasoning"
    assert "reasoning" not in without.reply_schema["properties"]
    assert '"reasoning"' in with_field.messages[0]["content"]
    assert '"reasoning"' not in without.messages[0]["content"]


@pytest.mark.parametrize("name", NAMES)
def test_system_text_is_the_same_for_every_item(name: str) -> None:
    """Nothing of the item stands in the system text, so that its prefix is cached (an agent's is per row)."""
    if name in ("task_solver.trajectory", "task_solver.action"):
        return
    system = ask_for(name).messages[0]["content"]
    assert system == load_template(name).system.render(reasoning=True, nonce="unused").strip()


def test_a_changed_prompt_has_a_new_version() -> None:
    """A text that differs from its pin has a version that differs too."""
    assert find_unversioned(read_json(PINS), current_prompts()) == []


def test_every_prompt_is_pinned() -> None:
    """The pins are those of the files on disk; `python -m roles.pins` renews them."""
    assert read_json(PINS) == current_prompts()


def test_unversioned_changes_are_found() -> None:
    """Only a changed text under an unchanged version is refused; new prompts and new versions are not."""
    pinned = {"a": {"version": 1, "sha256": "x"}, "b": {"version": 1, "sha256": "x"}}
    current = {
        "a": {"version": 1, "sha256": "y"},
        "b": {"version": 2, "sha256": "y"},
        "c": {"version": 1, "sha256": "z"},
    }
    assert find_unversioned(pinned, current) == ["a"]


if __name__ == "__main__":
    for prompt in NAMES:
        Path(GOLDEN / "prompts" / f"{prompt}.txt").write_text(render_golden(prompt))
