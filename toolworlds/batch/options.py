"""The flags that all stages share, read once into a frozen `CommonOptions`."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from toolworlds.batch import flag_values
from toolworlds.errors import UserError
from toolworlds.models.options import ModelOptions, check_options
from toolworlds.records.base import Json
from toolworlds.version import __version__


class StageParser(argparse.ArgumentParser):
    """A parser that shows its module's docstring as help and complains in one line, as a UserError."""

    def __init__(self, module: str, doc: str | None, usage: str = "%(prog)s [flags]") -> None:
        super().__init__(
            prog=f"python -m {module}",
            usage=usage,
            description=doc,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.add_argument("--version", action="version", version=f"toolworlds {__version__}")

    def add_path(self, flag: str, meaning: str, *, metavar: str = "DIR", required: bool = True) -> None:
        """A flag that takes a file or a folder."""
        self.add_argument(
            flag, type=flag_values.read_folder, required=required, metavar=metavar, help=meaning
        )

    def add_count(self, flag: str, default: int, meaning: str) -> None:
        """A flag that takes a whole number of at least 1."""
        self.add_argument(
            flag,
            type=flag_values.read_count,
            default=default,
            metavar="N",
            help=f"{meaning} (default %(default)s)",
        )

    def error(self, message: str) -> NoReturn:
        """Raises UserError instead of printing the whole usage."""
        raise UserError(f"{message}; `{self.prog} --help` lists the flags")


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """The common flags, parsed."""

    models: ModelOptions
    shard: tuple[int, int]
    """(index from 0, count)."""
    limit: int | None
    retry_failed: bool
    force: bool
    dry_run: bool
    verbose: bool

    @property
    def seed(self) -> int:
        """What everything random follows from."""
        return self.models.seed

    @property
    def concurrency(self) -> int:
        """Items alive at once."""
        return self.models.concurrency

    def identity(self) -> dict[str, Json]:
        """What of these flags makes outputs differ; addresses, sizes and pace do not."""
        models = self.models
        return {
            "model": models.model,
            "role_models": {role: model for role, (model, _) in models.role_models.items()},
            "role_sampling": {role: dict(values) for role, values in models.role_sampling.items()},
            "procedural_faults": dict(models.procedural_faults),
            "seed": models.seed,
        }


def add_common_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that every stage takes."""
    _add_model_flags(parser)
    _add_run_flags(parser)


def _add_model_flags(parser: argparse.ArgumentParser) -> None:
    models = parser.add_argument_group("models")
    models.add_argument(
        "--model", default="procedural", help="procedural[:AGENT], or a model's name or path (%(default)s)"
    )
    models.add_argument(
        "--server-url",
        nargs="+",
        action="extend",
        default=[],
        type=flag_values.read_urls,
        metavar="URL[,URL…]",
        help="OpenAI-compatible servers of --model; without one it runs in process",
    )
    models.add_argument(
        "--engine-args",
        default={},
        type=flag_values.read_json_object,
        metavar="JSON",
        help="arguments of the in-process engine",
    )
    models.add_argument(
        "--api-key-env",
        default="",
        metavar="NAME",
        help="environment variable that holds the server's key",
    )
    models.add_argument(
        "--context-window",
        type=flag_values.read_count,
        metavar="N",
        help="tokens of prompt and reply together, where the server does not state it",
    )
    _add_role_flags(models)
    models.add_argument(
        "--procedural-faults",
        nargs="+",
        action="extend",
        default=[],
        type=flag_values.read_faults,
        metavar="KIND=RATE,…",
        help="mistakes that the procedural model makes on purpose",
    )
    models.add_argument(
        "--record-dir", type=flag_values.read_folder, metavar="DIR", help="keep every request and reply here"
    )
    models.add_argument(
        "--replay-dir",
        type=flag_values.read_folder,
        metavar="DIR",
        help="answer from such a record; ask no model",
    )


def _add_role_flags(models: argparse._ArgumentGroup) -> None:
    models.add_argument(
        "--role-model",
        nargs="+",
        action="extend",
        default=[],
        type=flag_values.read_role_model,
        metavar="ROLE=MODEL[@URL]",
        help="another model for one role, e.g. task_judge=big@http://127.0.0.1:8001/v1",
    )
    models.add_argument(
        "--role-sampling",
        nargs="+",
        action="extend",
        default=[],
        type=flag_values.read_role_sampling,
        metavar="ROLE=KEY:VALUE,…",
        help="temperature, top_p, max_tokens of one role",
    )


def _add_run_flags(parser: argparse.ArgumentParser) -> None:
    run = parser.add_argument_group("run")
    run.add_argument(
        "--seed",
        type=flag_values.read_seed,
        default=0,
        help="everything random follows from it (%(default)s)",
    )
    run.add_argument(
        "--concurrency",
        type=flag_values.read_count,
        default=64,
        metavar="N",
        help="items alive at once (%(default)s)",
    )
    run.add_argument(
        "--shard",
        type=flag_values.read_shard,
        metavar="i/N",
        help="do only the i-th of N parts, from 1/N to N/N; read from SLURM's array variables if not given",
    )
    run.add_argument("--limit", type=flag_values.read_count, metavar="N", help="do at most N items now")
    run.add_argument("--retry-failed", action="store_true", help="try again what failed in an earlier run")
    run.add_argument(
        "--force", action="store_true", help="go on in a folder that was begun with another configuration"
    )
    run.add_argument("--dry-run", action="store_true", help="print what would be done, write nothing")
    run.add_argument("--verbose", action="store_true", help="log tracebacks of what fails")


def read_options(arguments: argparse.Namespace) -> CommonOptions:
    """The common flags of a parsed command line; raises UserError where they do not go together."""
    if arguments.record_dir and arguments.replay_dir:
        raise UserError("--record-dir and --replay-dir exclude each other; give one")
    faults: dict[str, float] = {}
    for some in arguments.procedural_faults:
        faults.update(some)
    models = ModelOptions(
        model=arguments.model,
        server_urls=tuple(url for urls in arguments.server_url for url in urls),
        engine_args=arguments.engine_args,
        api_key_env=arguments.api_key_env,
        context_window=arguments.context_window,
        role_models={role: (model, url) for role, model, url in arguments.role_model},
        role_sampling=dict(arguments.role_sampling),
        procedural_faults=faults,
        seed=arguments.seed,
        concurrency=arguments.concurrency,
        record_dir=arguments.record_dir,
        replay_dir=arguments.replay_dir,
    )
    check_options(models)
    return CommonOptions(
        models=models,
        shard=arguments.shard or read_slurm_shard(os.environ),
        limit=arguments.limit,
        retry_failed=arguments.retry_failed,
        force=arguments.force,
        dry_run=arguments.dry_run,
        verbose=arguments.verbose,
    )


def read_slurm_shard(environ: Mapping[str, str]) -> tuple[int, int]:
    """The shard of a SLURM array job, whatever number its array begins with; (0, 1) outside of one.

    Raises UserError for an array with gaps, e.g. `--array=3,7`: its tasks are no parts of a whole.
    """
    task, count = environ.get("SLURM_ARRAY_TASK_ID"), environ.get("SLURM_ARRAY_TASK_COUNT")
    if task is None or count is None:
        return 0, 1
    first, step = environ.get("SLURM_ARRAY_TASK_MIN", "0"), environ.get("SLURM_ARRAY_TASK_STEP", "1")
    told = f"SLURM's array task {task} is not one of {count} from {first} in steps of {step}"
    try:
        index, rest = divmod(int(task) - int(first), int(step))
        size = int(count)
    except (ValueError, ZeroDivisionError) as error:
        raise UserError(f"{told}; give --shard i/N") from error
    if rest or not 0 <= index < size:
        raise UserError(f"{told}; give --shard i/N")
    return index, size
