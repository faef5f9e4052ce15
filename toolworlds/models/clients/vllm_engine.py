"""A model in this process: vLLM's asynchronous engine under vLLM's own chat layer.

It is the server without the socket: the same bodies go in and the same replies come out, so chat templates,
structured output, tool and reasoning parsers are exactly those of `vllm serve`. Calls join the running batch
as they come; nothing waits for a wave to end. Checked against vLLM 0.32.
"""

import hashlib
import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING

from toolworlds.errors import UserError
from toolworlds.models.clients.refusals import explain_status
from toolworlds.models.clients.retry import UnservedError
from toolworlds.models.clients.window import OverflowRefusal, Window
from toolworlds.models.clients.wire import UnreadableReplyError, chat_body, encode_json, read_reply
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, ProviderError, Request

if TYPE_CHECKING:
    from vllm.entrypoints.openai.chat_completion.serving import OpenAIServingChat
    from vllm.v1.engine.async_llm import AsyncLLM

OK = 200
HERE = "the in-process engine"


class EngineModel:
    """Completes requests with a loaded engine."""

    def __init__(
        self, name: str, engine: "AsyncLLM", chat: "OpenAIServingChat", description: dict[str, Json]
    ) -> None:
        self.name = name
        self._engine = engine
        self._chat = chat
        self._description = description
        self._has_served = False
        self._window = Window(engine.model_config.max_model_len)

    async def complete(self, request: Request) -> Completion:
        """One completion; errors as from a server, and UserError once the engine has died."""
        return await self.send(chat_body(request, self.name, token_ids=request.token_ids), request)

    async def send(self, body: dict[str, Json], request: Request) -> Completion:
        """`complete` with a body of one's own."""
        length = len(encode_json(body))
        body = self._window.fit(body, length)
        while True:
            status, reply = await self._post(encode_json(body))
            try:
                if status != OK:
                    raise explain_status(status, {}, reply, HERE, request.request_id, self._has_served)
                completion = read_reply(reply, self.name)
            except OverflowRefusal as refusal:
                body = self._window.shrink(body, refusal, request.request_id)
                continue
            except (UnservedError, UnreadableReplyError) as fault:
                raise ProviderError(f"{request.request_id} not served: {fault}") from fault
            self._has_served = True
            self._window.learn(length, completion.usage.prompt_tokens)
            return completion

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
        from vllm.entrypoints.serve import create_error_response
        from vllm.entrypoints.serve.engine.protocol import ErrorResponse
        from vllm.exceptions import VLLMError
        from vllm.v1.engine.exceptions import EngineDeadError

        try:
            request = ChatCompletionRequest.model_validate_json(body)
            reply = await self._chat.create_chat_completion(request)
        except EngineDeadError as error:
            raise UserError(
                f"{HERE} died; its own messages stand above; run the same command again"
            ) from error
        except (VLLMError, ValueError, TypeError) as error:
            reply = create_error_response(error)
        status = reply.error.code if isinstance(reply, ErrorResponse) else OK
        return status, reply.model_dump_json().encode()

    async def aclose(self) -> None:
        """Ends the engine and its worker processes."""
        self._engine.shutdown()

    def describe(self) -> dict[str, Json]:
        """Model, engine, version, chat template hash."""
        return self._description


def open_engine(name: str, engine_args: Mapping[str, Json]) -> EngineModel:
    """Loads the model; `engine_args` are vLLM's engine arguments, and `tool_call_parser` for native tools.

    Raises UserError where vLLM is missing, does not know an argument or cannot load the model.
    """
    if importlib.util.find_spec("vllm") is None:
        raise UserError(
            f"--model {name} runs in this process unless --server-url is given, and that needs vLLM: "
            "pip install '.[vllm]'; the embedded model is called procedural"
        )
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.v1.engine.async_llm import AsyncLLM

    arguments = {"model": name, **engine_args}
    tool_parser = arguments.pop("tool_call_parser", None)
    try:
        engine = AsyncLLM.from_engine_args(AsyncEngineArgs(**arguments))
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"vLLM cannot start {name!r}: {reason}; check --model and --engine-args") from error
    chat = _make_chat(name, engine, tool_parser, arguments.get("reasoning_parser"))
    return EngineModel(name, engine, chat, _describe(name, engine, arguments))


def _make_chat(
    name: str, engine: "AsyncLLM", tool_parser: str | None, reasoning_parser: str | None
) -> "OpenAIServingChat":
    from vllm.entrypoints.openai.chat_completion.serving import OpenAIServingChat
    from vllm.entrypoints.openai.models.protocol import BaseModelPath
    from vllm.entrypoints.openai.models.serving import OpenAIServingModels
    from vllm.renderers.online_renderer import OnlineRenderer

    formats = {
        "request_logger": None,
        "chat_template": None,
        "chat_template_content_format": "auto",
        "enable_auto_tools": tool_parser is not None,
        "tool_parser": tool_parser,
        "reasoning_parser": reasoning_parser or "",
    }
    return OpenAIServingChat(
        engine,
        OpenAIServingModels(engine, [BaseModelPath(name=name, model_path=name)]),
        "assistant",
        online_renderer=OnlineRenderer(engine.model_config, engine.renderer, **formats),
        enable_prompt_tokens_details=True,
        **formats,
    )


def _describe(name: str, engine: "AsyncLLM", arguments: Mapping[str, Json]) -> dict[str, Json]:
    import vllm

    template = getattr(engine.renderer.tokenizer, "chat_template", None)
    return {
        "model": name,
        "engine": "vllm",
        "version": vllm.__version__,
        "reasoning_channel": bool(arguments.get("reasoning_parser")),
        "chat_template_sha256": hashlib.sha256(str(template).encode()).hexdigest() if template else None,
    }
