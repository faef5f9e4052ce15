"""Opening the models of a run, and closing them whatever happens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from batch.ledger import CountingModel
from batch.options import CommonOptions
from llm import open_model


@asynccontextmanager
async def open_models(options: CommonOptions) -> AsyncIterator[CountingModel]:
    """The run's models behind one that counts; engines and servers are looked for at the first request."""
    model = CountingModel(options.models.model, lambda: open_model(options.models))
    try:
        yield model
    finally:
        await model.aclose()
