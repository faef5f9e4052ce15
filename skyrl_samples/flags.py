"""What the commands share: flags, where a server is looked for when no flag says, events on stdout."""

import argparse
import os
from dataclasses import replace
from typing import Any

import orjson

from roles.sample_writer import SampleWriter
from skyrl_samples.samples import DATA_SOURCE
from toolworlds.batch.options import CommonOptions
from toolworlds.batch.progress import say
from toolworlds.models.options import PROCEDURAL
from toolworlds.records.base import Json

DEFAULT_URL = "https://api.openai.com/v1"
KEY_ENV, URL_ENV = "OPENAI_API_KEY", "OPENAI_BASE_URL"
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")


def add_model_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags about how a model is asked, and about its tools."""
    parser.add_argument(
        "--backend", choices=("responses", "chat"), default="responses", help="OpenAI's API (%(default)s)"
    )
    parser.add_argument(
        "--reasoning-effort", choices=EFFORTS, default="", help="left out where a server refuses it"
    )


def read_list(text: str) -> list[str]:
    """`A,B,…`, each once."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError(f"{text!r} names nothing")
    return list(dict.fromkeys(names))


def address_models(options: CommonOptions, arguments: argparse.Namespace) -> CommonOptions:
    """With backend and effort; without --server-url the server of OPENAI_BASE_URL, or OpenAI's."""
    models = options.models
    change: dict[str, Any] = {
        "backend": arguments.backend,
        "reasoning_effort": arguments.reasoning_effort,
    }
    served = not (_is_procedural(options) or models.replay_dir)
    if served and not models.server_urls and not models.engine_args:
        change["server_urls"] = (os.environ.get(URL_ENV) or DEFAULT_URL,)
    if served and not models.engine_args and not models.api_key_env and os.environ.get(KEY_ENV):
        change["api_key_env"] = KEY_ENV
    return replace(options, models=replace(models, **change))


def name_backend(options: CommonOptions) -> str:
    """The backend as samples name it."""
    return PROCEDURAL if _is_procedural(options) else options.models.backend


def name_source(options: CommonOptions) -> str:
    """The `data_source` of samples: what no language model wrote does not say that one did."""
    return f"synthetic/{PROCEDURAL}" if _is_procedural(options) else DATA_SOURCE


def _is_procedural(options: CommonOptions) -> bool:
    return options.models.model.split(":")[0] == PROCEDURAL


def is_embedded(options: CommonOptions) -> bool:
    """Whether the embedded model itself would write samples, which it does for environments only."""
    models = options.models
    others = [role for role in models.role_models if role.partition(".")[0] == SampleWriter.name]
    return _is_procedural(options) and not models.replay_dir and not others


def log_event(event: str, **facts: Json) -> None:
    """One JSON object on one line of stdout."""
    say(orjson.dumps({"event": event, **facts}).decode())
