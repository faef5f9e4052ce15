"""Shows episodes as the training pipeline sees them: trained parts bright, masked parts dimmed.

python -m episodes render --input output/episodes/train.jsonl --n 3
python -m episodes render --input output/episodes/train.jsonl --n 3 --html page.html
"""

import argparse
import html
import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from episodes.command import DATA, run_flags
from episodes.encoder import Encoder, to_functions
from episodes.flags import read_count
from episodes.toolsets import observations, repository, workspace
from toolworlds.batch.options import StageParser
from toolworlds.records.base import Json
from toolworlds.tokens.tags import TagSet, load_tags, write_tagged
from toolworlds.tokens.tokenizer import Span, Tokenizer, Tokens
from utils import UserError, read_lines, write_bytes_atomic

DIM, BRIGHT, PLAIN = "\033[2m", "\033[1;32m", "\033[0m"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Episodes</title><style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; }
pre { border: 1px solid #ccc; border-radius: 6px; }
.masked { color: #8a8a8a; } .trained { color: #14532d; background: #dcfce7; }
</style></head><body>
"""

SPECS = [*workspace.SPECS, *repository.SPECS, *observations.SPECS]
Piece = tuple[str, bool]
"""A stretch of text, and whether it is trained."""


def build_parser() -> StageParser:
    """The command's flags."""
    parser = StageParser("episodes render", __doc__)
    parser.add_argument("--input", type=Path, required=True, metavar="F", help="a file of episodes")
    parser.add_argument("--n", type=read_count, default=3, help="how many (%(default)s)")
    parser.add_argument("--tags", type=Path, default=DATA / "tags" / "default.json", help="the tag set")
    parser.add_argument("--tokenizer", type=Path, help="show the episodes as this one reads them")
    parser.add_argument(
        "--html", nargs="?", const="-", metavar="FILE", help="a page instead, to FILE or to the terminal"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Shows the episodes; returns the exit code."""
    return run_flags(build_parser(), _run, argv)


def _run(flags: argparse.Namespace) -> int:
    tags = load_tags(flags.tags)
    encoder = Encoder(flags.tokenizer, tags, to_functions(SPECS)) if flags.tokenizer else None
    shown = [
        (*name_row(row), list(split_row(row, tags, encoder)))
        for row in itertools.islice(read_lines(flags.input), flags.n)
    ]
    if flags.html == "-":
        sys.stdout.write(write_page(shown))
        return 0
    if flags.html:
        write_bytes_atomic(Path(flags.html), write_page(shown).encode())
        sys.stdout.write(f"{len(shown)} episodes in {flags.html}\n")
        return 0
    for name, plan, pieces in shown:
        body = "".join(f"{BRIGHT if trained else DIM}{text}{PLAIN}" for text, trained in pieces)
        sys.stdout.write(f"{name}  {plan}\n{body}\n")
    return 0


def name_row(row: Json) -> tuple[str, str]:
    """(id, plan) of an episode; raises UserError for a row that is none."""
    try:
        return row["episode_id"], row["meta"]["plan"]
    except (KeyError, TypeError):
        raise UserError("--input holds no episodes; give a file of `episodes generate`") from None


def split_row(row: dict[str, Json], tags: TagSet, encoder: Encoder | None) -> Iterator[Piece]:
    """The row in pieces: by ids and mask, its own or the encoder's; without either, by its messages' loss."""
    if "input_ids" in row:
        if encoder is None:
            raise UserError("the episodes hold token ids; give --tokenizer to read them")
        yield from split_ids(Tokens(row["input_ids"], row["loss_mask"]), encoder.tokenizer)
    elif encoder:
        yield from split_ids(encoder.encode(row), encoder.tokenizer)
    else:
        losses = [bool(m["loss"]) for m in row["messages"] if m["role"] == "assistant"]
        text, spans = write_tagged(row, tags)
        yield from split_text(text, [s for s, loss in zip(spans, [*losses, True], strict=True) if loss])


def split_ids(tokens: Tokens, tokenizer: Tokenizer) -> Iterator[Piece]:
    """Runs of ids with the same mask, decoded."""
    pairs = zip(tokens.input_ids, tokens.loss_mask, strict=True)
    for trained, run in itertools.groupby(pairs, key=lambda pair: bool(pair[1])):
        yield tokenizer.decode([number for number, _ in run]), trained


def split_text(text: str, spans: list[Span]) -> Iterator[Piece]:
    """The spans, which are trained, and what stands between them."""
    last = 0
    for start, end in spans:
        yield text[last:start], False
        yield text[start:end], True
        last = end


def write_page(shown: list[tuple[str, str, list[Piece]]]) -> str:
    """The HTML page; every text is escaped."""
    parts = [PAGE]
    for name, plan, pieces in shown:
        parts.append(f"<h2>{html.escape(name)} <small>{html.escape(plan)}</small></h2>\n<pre>")
        for text, trained in pieces:
            kind = "trained" if trained else "masked"
            parts.append(f'<span class="{kind}">{html.escape(text)}</span>')
        parts.append("</pre>\n")
    return "".join([*parts, "</body></html>\n"])


if __name__ == "__main__":
    sys.exit(main())
