"""Environments of the catalogue, and the one worker process in which their twins run."""

from collections.abc import Mapping

from toolworlds.models.embedded.subfields import CompiledSubfield
from toolworlds.records.base import Json
from toolworlds.records.tools import Proposal, Twin
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker


class Environments:
    """Opens environments and the worker when they are first needed; `close` ends the worker."""

    def __init__(self) -> None:
        self._worker: StarlarkWorker | None = None
        self._environments: dict[CompiledSubfield, Environment] = {}

    @property
    def worker(self) -> StarlarkWorker:
        """The worker, started by its first call."""
        if self._worker is None:
            self._worker = StarlarkWorker()
        return self._worker

    def open(self, subfield: CompiledSubfield) -> Environment:
        """All tools of the subfield with their twins; compiled once."""
        if subfield not in self._environments:
            self._environments[subfield] = subfield.make_environment(self.worker)
        return self._environments[subfield]

    def run_twin(self, twin: Twin, inputs: Mapping[str, Json]) -> Proposal:
        """What a twin says of a call as a simulator's prompt shows it; omitted arguments are None."""
        arguments = dict.fromkeys(inputs["tool"]["parameters"]["properties"]) | inputs["arguments"]
        return self.worker.run_twin(twin, inputs["collections"], arguments, inputs["now"])

    def close(self) -> None:
        """Ends the worker process."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
            self._environments.clear()
