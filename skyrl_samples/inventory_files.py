"""Where inventories come from: YAML or JSON listings, environment specs (one, or a folder), MCP."""

from functools import lru_cache
from pathlib import Path

import yaml

from skyrl_samples.inventory import Inventory, inventory_of_environment, inventory_of_listing
from skyrl_samples.mcp_inventory import ask_server
from toolworlds.batch.record_files import parse_record
from toolworlds.batch.run_folder import identify_input
from toolworlds.files import parse_json
from toolworlds.outside.files import PlainLoader, read_text
from toolworlds.records.base import Json
from toolworlds.records.tools import EnvSpec
from utils import UserError, list_stems

MCP = "mcp:"
SPECS_KEPT = 32
"""Environments at hand at once."""


class Inventories:
    """One inventory, or the many environments of a folder, each read when it is asked for."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.names = _list_names(source)
        self._by_stem = {Path(name).stem: name for name in self.names}
        self.open = lru_cache(SPECS_KEPT)(self._open)

    def name_of(self, number: int) -> str:
        """The name of the inventory that the `number`-th item works with, in turns."""
        return self.names[number % len(self.names)]

    def find(self, env_id: str) -> str | None:
        """The name of the environment with this id, where the source has it under its usual name."""
        return self._by_stem.get(env_id)

    def _open(self, name: str) -> Inventory:
        return load_inventory(name)

    def identity(self) -> Json:
        """What was read: a hash, or of a folder, whose files are read one by one, the run that made it."""
        if len(self.names) > 1:
            return {
                "specs": [Path(name).stem for name in self.names],
                "made_by": identify_input(Path(self.source)),
            }
        return self.open(self.names[0]).sha256


def load_inventory(source: str) -> Inventory:
    """One inventory: a listing, an environment spec, `mcp:COMMAND` or `mcp:URL`. Raises UserError."""
    if source.startswith(MCP):
        return inventory_of_listing(ask_server(source.removeprefix(MCP).strip()), source)
    value = _read(Path(source))
    if isinstance(value, dict) and {"spec_id", "world_schema"} <= value.keys():
        return inventory_of_environment(parse_record(value, EnvSpec, source), source)
    return inventory_of_listing(value, source)


def _list_names(source: str) -> list[str]:
    if source.startswith(MCP) or not Path(source).is_dir():
        return [source]
    names = [str(Path(source) / f"{stem}.json") for stem in sorted(list_stems(Path(source)))]
    if not names:
        raise UserError(
            f"{source} holds no environment specs (*.json); give an inventory file or such a folder"
        )
    return names


def _read(path: Path) -> Json:
    """YAML reads JSON too, but slowly, and an environment is large."""
    data = read_text(path)
    try:
        return parse_json(data) if ".json" in path.suffixes else yaml.load(data, PlainLoader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        line = " ".join(str(error).split())
        raise UserError(f"{path} is neither YAML nor JSON: {line:.200}; correct it") from error
