"""How a call is written in a message: flat JSON between two tags."""

import re
from dataclasses import dataclass

import orjson

from episodes.toolsets.base import Arguments
from utils import UserError

WRITTEN = re.compile(r"(<[^<>]+>)(\{.*\})(<[^<>]+>)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CallFormat:
    """The two tags around a call."""

    opening: str
    closing: str

    def write(self, name: str, arguments: Arguments) -> str:
        """The call as an assistant's message; an argument called `name` would collide and is refused."""
        if "name" in arguments:
            raise UserError(
                f"tool {name!r} has an argument called 'name', which a flat call cannot hold; rename it"
            )
        return f"{self.opening}{orjson.dumps({'name': name, **arguments}).decode()}{self.closing}"

    def is_call(self, content: str) -> bool:
        """Whether a message is meant as a call."""
        return self.opening in content or self.closing in content

    def read(self, content: str) -> tuple[str, Arguments]:
        """(name, arguments) of a message that is exactly one call; raises ValueError with the reason."""
        if not (content.startswith(self.opening) and content.endswith(self.closing)):
            raise ValueError("a call must be the whole message")
        inner = content.removeprefix(self.opening).removesuffix(self.closing)
        if self.is_call(inner):
            raise ValueError("a message holds one call only")
        try:
            value = orjson.loads(inner)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"the call is not JSON: {error}") from error
        if not isinstance(value, dict) or not isinstance(value.get("name"), str):
            raise ValueError("the call is no object with a name")
        return value.pop("name"), value


def learn_format(example: str) -> CallFormat:
    """The format that one gold call shows; raises ValueError if it is none."""
    match = WRITTEN.fullmatch(example)
    if not match:
        raise ValueError(f"{example[:80]!r} is no call between two tags")
    return CallFormat(match[1], match[3])
