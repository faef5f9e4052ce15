"""The door to language models: opens what `--model` and its companions name.

The protocol stands in `toolworlds/records/completions.py`. Servers' clients, engines and the embedded model
are imported only when they are asked for.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from toolworlds.batch.ledger import CountingModel
from toolworlds.batch.options import CommonOptions
from toolworlds.models.options import ModelOptions, check_options, is_procedural, list_places
from toolworlds.records.completions import Model

if TYPE_CHECKING:
    from toolworlds.models.embedded.model import Player


@asynccontextmanager
async def open_models(
    options: CommonOptions, players: Mapping[str, "Player"] | None = None
) -> AsyncIterator[CountingModel]:
    """The run's models behind one that counts; engines and servers are looked for at the first request.

    `players` are further roles of the embedded model; see `open_model`.
    """
    model = CountingModel(options.models.model, lambda: open_model(options.models, players))
    try:
        yield model
    finally:
        await model.aclose()


def open_model(options: ModelOptions, players: Mapping[str, "Player"] | None = None) -> Model:
    """The model that these options describe; raises UserError where it cannot be had.

    `players` are roles that the embedded model plays by a factory's own rules: `<role>.<part>` -> player.
    Servers are looked at, engines are loaded, records are read here, before any item is begun.
    """
    from toolworlds.models.clients.recording import RecordingModel, ReplayModel

    check_options(options)
    model = ReplayModel(options.replay_dir) if options.replay_dir else _open_routed(options, players)
    return RecordingModel(model, options.record_dir) if options.record_dir else model


def _open_routed(options: ModelOptions, players: Mapping[str, "Player"] | None) -> Model:
    from toolworlds.models.clients.routing import RoutedModel

    places = list_places(options)
    opened = {place: _open_one(*place, options, players) for place in dict.fromkeys(places)}
    by_role = dict(zip(options.role_models, (opened[place] for place in places[1:]), strict=True))
    return RoutedModel(opened[places[0]], by_role, options.role_sampling, options.seed)


def _open_one(
    name: str, urls: tuple[str, ...], options: ModelOptions, players: Mapping[str, "Player"] | None
) -> Model:
    if is_procedural(name):
        from toolworlds.models.embedded.model import ProceduralModel

        return ProceduralModel(name, options.seed, options.procedural_faults, players)
    if urls:
        from toolworlds.models.clients.server import open_server

        return open_server(
            name,
            urls,
            key_env=options.api_key_env,
            concurrency=options.concurrency,
            reasoning_channel=bool(options.engine_args.get("reasoning_parser") or options.reasoning_effort),
            backend=options.backend,
            reasoning_effort=options.reasoning_effort,
            context_window=options.context_window,
        )
    from toolworlds.models.clients.vllm_engine import open_engine

    return open_engine(name, options.engine_args)
