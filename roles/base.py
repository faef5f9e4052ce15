"""The base of all roles: render, ask, read, and ask again with reasons, a bounded number of times."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from roles.replies import Reply, UnusableReply, read_reply, schema_of
from roles.templates import load_template, make_nonce
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Model, ReplyError, Request, Sampling, seed_for

Check = Callable[[Reply], list[str]]
"""What code refuses in a reply, in words the model can act on; [] accepts it."""

MAX_REASONS = 12
CUT_EXCERPT = 200


class Role:
    """One role: its prompts are `prompt_templates/<name>.<part>.yml`, one part a method.

    `item` is the caller's stable id of the step (`<item id>/<step>`); a call's request id is
    `<item>/<name>.<part>/<attempt>`. Every ask raises ReplyError after `max_asks` unusable replies and
    ProviderError when no server answers. `reference` is for the embedded model and never leaves the process.
    """

    name: ClassVar[str]
    parts: ClassVar[tuple[str, ...]]
    sampling: ClassVar[Sampling] = Sampling()

    def __init__(self, model: Model, seed: int, *, max_asks: int = 3) -> None:
        self.model = model
        self.seed = seed
        self.max_asks = max_asks

    def prompts(self, *parts: str) -> dict[str, dict[str, Json]]:
        """Prompt name -> version and sha256, as provenance keeps them; of the named parts or else of all."""
        templates = [load_template(f"{self.name}.{part}") for part in parts or self.parts]
        return {t.name: {"version": t.version, "sha256": t.sha256} for t in templates}

    def asks_reasoning(self, part: str) -> bool:
        """Whether replies carry a `reasoning` field: not from models with a reasoning channel."""
        described = self.model.describe()
        routed = described.get("roles", {})
        own = routed.get(f"{self.name}.{part}", routed.get(self.name, described))
        return not own.get("reasoning_channel", False)

    async def ask(
        self,
        part: str,
        item: str,
        inputs: Mapping[str, Json],
        reply_type: type[Reply],
        check: Check[Reply] | None = None,
        reference: Any = None,
        sampling: Sampling | None = None,
    ) -> Reply:
        """The first reply that parses and that `check` accepts."""
        opening = self._open(part, item, inputs, reply_type, reference, sampling or self.sampling)
        request = opening
        for attempt in range(self.max_asks):
            completion = await self.model.complete(self._number(request, attempt))
            try:
                reply = read_reply(completion, reply_type)
                reasons = check(reply)[:MAX_REASONS] if check else []
                if not reasons:
                    return reply
            except UnusableReply as unusable:
                reasons = unusable.reasons
            request = _ask_again(opening, completion, reasons)
        raise ReplyError(
            f"{opening.request_id} got no usable reply in {self.max_asks} asks: {'; '.join(reasons)}",
            completion.text,
        )

    def _open(
        self,
        part: str,
        item: str,
        inputs: Mapping[str, Json],
        reply_type: type[Reply],
        reference: Any,
        sampling: Sampling,
    ) -> Request:
        role = f"{self.name}.{part}"
        reasoning = self.asks_reasoning(part)
        messages = load_template(role).render(inputs, reasoning=reasoning, nonce=make_nonce(f"{item}/{role}"))
        return Request(
            request_id=f"{item}/{role}",
            role=role,
            messages=tuple(messages),
            reply_schema=schema_of(reply_type, reasoning=reasoning),
            sampling=sampling,
            inputs=inputs,
            reference=reference,
        )

    def _number(self, request: Request, attempt: int) -> Request:
        request_id = f"{request.request_id}/{attempt}"
        sampling = replace(request.sampling, seed=seed_for(request_id, self.seed))
        return replace(request, request_id=request_id, attempt=attempt, sampling=sampling)


def _ask_again(opening: Request, completion: Completion, reasons: list[str]) -> Request:
    """The opening request with the last reply and what was wrong in it; twice the room if it was cut."""
    sampling, said = opening.sampling, completion.text or "(nothing)"
    if completion.finish_reason == "length":
        sampling = replace(sampling, max_tokens=2 * sampling.max_tokens)
        said = f"{said[:CUT_EXCERPT]} […]"
    listed = "\n".join(f"- {reason}" for reason in reasons)
    correction = f"That reply cannot be used:\n{listed}\nAnswer again in full, in the same JSON form."
    messages = (
        *opening.messages,
        {"role": "assistant", "content": said},
        {"role": "user", "content": correction},
    )
    return replace(opening, messages=messages, sampling=sampling)
