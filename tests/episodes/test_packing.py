"""Packed files: read back by a loader of the layout's own, they hold every episode's ids and mask."""

import hashlib
import itertools
import json
import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from episodes.command import DATA
from episodes.run import main
from episodes.workshop import EpisodeSettings
from tests.episodes.local_tokenizers import make_tokenizer
from tests.episodes.test_generation import command, read_rows
from toolworlds.records.base import Json
from toolworlds.tokens.packing import Packing, pack_splits
from toolworlds.tokens.tags import load_tags

TAGS = DATA / "tags" / "mypt.json"
CODES = {"uint32": "I", "uint8": "B", "float32": "f", "uint64": "Q"}
Row = tuple[list[int], list[int]]


def load(folder: Path, name: str) -> Iterator[Sequence[float]]:
    """Each shard's values, as the metadata's dtypes say."""
    metadata = json.loads((folder.parent / "dataset_metadata.json").read_text())
    for place in sorted(folder.glob("shard_*")) or [folder]:
        values = array(CODES[metadata["dtypes"][name]])
        values.frombytes((place / name).read_bytes())
        yield values.tolist()


def load_packs(folder: Path, name: str) -> Iterator[Sequence[float]]:
    """Each pack's values, by the pairs of episodes.idx."""
    for pairs, values in zip(load(folder, "episodes.idx"), load(folder, name), strict=True):
        for start, length in zip(pairs[::2], pairs[1::2], strict=True):
            yield values[int(start) : int(start + length)]


def load_episodes(folder: Path, mask: str = "mask.bin") -> list[tuple[list[float], list[float]]]:
    """(ids, mask) of every episode, told apart by the segment ids."""
    found = []
    columns = [load_packs(folder, name) for name in ("segment_ids.bin", "tokens.bin", mask)]
    for segments, ids, losses in zip(*columns, strict=True):
        for segment, run in itertools.groupby(range(len(segments)), key=lambda place: segments[place]):
            places = list(run)
            if segment:
                found.append(([ids[p] for p in places], [losses[p] for p in places]))
            else:
                assert not any(losses[p] for p in places)
    return found


def make_rows(folder: Path, rows: list[Row]) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    lines = [json.dumps({"input_ids": ids, "loss_mask": mask}) + "\n" for ids, mask in rows]
    (folder / "train.jsonl").write_text("".join(lines))
    (folder / "val.jsonl").write_text(lines[0])
    return {"train": folder / "train.jsonl", "val": folder / "val.jsonl"}


def draw_rows(count: int, longest: int) -> list[Row]:
    rng = random.Random(3)
    lengths = [rng.randint(1, longest) for _ in range(count)]
    return [
        ([rng.randint(1, 70_000) for _ in range(n)], [rng.randint(0, 1) for _ in range(n)]) for n in lengths
    ]


def pack(tmp_path: Path, rows: list[Row], **settings: Json) -> Path:
    packing = Packing(**{"pad_id": 0, "seed": 1, "block": 64, **settings})
    pack_splits(make_rows(tmp_path, rows), tmp_path / "packed", packing, {})
    return tmp_path / "packed" / "train"


def test_every_episode_is_read_back(tmp_path: Path) -> None:
    """All ids and masks, in another order than the file's; every pack has the same length."""
    rows = draw_rows(200, 40)
    read = load_episodes(pack(tmp_path, rows))
    assert sorted(read) == sorted(rows) and read != rows
    assert {len(values) for values in load_packs(tmp_path / "packed" / "train", "tokens.bin")} == {64}


def test_the_order_follows_from_the_seed(tmp_path: Path) -> None:
    """The same seed gives the same bytes, another one another order."""
    rows = draw_rows(50, 40)
    files = [(pack(tmp_path, rows, seed=seed) / "tokens.bin").read_bytes() for seed in (1, 1, 2)]
    assert files[0] == files[1] != files[2]


def test_large_splits_stand_in_shards(tmp_path: Path) -> None:
    """No shard holds more than its tokens; together they hold everything; a small split stands alone."""
    rows = draw_rows(200, 40)
    folder = pack(tmp_path, rows, tokens_per_shard=640)
    shards = sorted(place.name for place in folder.iterdir())
    assert len(shards) > 2 and shards[0] == "shard_00000"
    assert all(len(values) <= 640 for values in load(folder, "tokens.bin"))
    assert sorted(load_episodes(folder)) == sorted(rows)
    assert (tmp_path / "packed" / "val" / "tokens.bin").stat().st_size == 4 * 64


def test_a_long_episode_keeps_its_end(tmp_path: Path) -> None:
    """It fills a pack of its own, and the metadata count it."""
    ids = list(range(1, 101))
    folder = pack(tmp_path, [(ids, [1] * 100), ([7], [1])])
    assert (ids[36:], [1] * 64) in load_episodes(folder)
    metadata = json.loads((folder.parent / "dataset_metadata.json").read_text())
    assert metadata["splits"]["train"]["cut_episodes"] == 1


def test_no_pack_holds_more_episodes_than_a_byte_can_number(tmp_path: Path) -> None:
    """The 256th short episode begins the next pack."""
    rows = [([n], [n % 2]) for n in range(1, 301)]
    folder = pack(tmp_path, rows, block=400)
    assert [max(values) for values in load_packs(folder, "segment_ids.bin")] == [255, 45]
    assert sorted(load_episodes(folder)) == sorted(rows)


def test_packing_again_replaces_the_folder(tmp_path: Path) -> None:
    """No shard of an earlier, larger packing stays; what an interrupted one left is cleared away."""
    (tmp_path / ".packed.building" / "train").mkdir(parents=True)
    (tmp_path / ".packed.building" / "train" / "tokens.bin").write_text("half")
    pack(tmp_path, draw_rows(200, 40), tokens_per_shard=640)
    folder = pack(tmp_path, [([5, 6], [0, 1])])
    assert load_episodes(folder) == [([5, 6], [0, 1])]
    assert not list(folder.glob("shard_*")) and not list(tmp_path.glob(".packed*"))


def test_weights_follow_the_tags(tmp_path: Path) -> None:
    """A weight where the mask has a 1, nothing where it has a 0."""
    folder = pack(tmp_path, [([5, 6, 7, 6], [1, 1, 0, 0])], weights={6: 2.0})
    assert load_episodes(folder, "mask_weighted.bin") == [([5, 6, 7, 6], [1.0, 2.0, 0.0, 0.0])]


@pytest.fixture(scope="module")
def run_folder(
    make_settings: Callable[..., EpisodeSettings], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    tokenizer = make_tokenizer(folder / "tokenizer", load_tags(TAGS).list_tags(), {}, None)
    flags = ("--n", "60", "--tags", str(TAGS), "--tokenizer", str(tokenizer), "--pack", "--weighted-mask")
    for shard in ("1/2", "2/2"):
        more = ("--shard", shard, "--pack-block", "8192", "--jobs", "1")
        assert main(command(folder / "out", make_settings(), *flags, *more)) == 0
    return folder / "out"


def test_a_run_packs_its_own_rows(run_folder: Path) -> None:
    """Each of two shards in a folder of its own; train and val hold the rows' ids and masks."""
    for part in ("1-of-2", "2-of-2"):
        for name, split in (("train", "train"), ("val", "validation")):
            rows = read_rows(run_folder / f"{split}.{part}.jsonl")
            wanted = sorted((row["input_ids"], row["loss_mask"]) for row in rows)
            assert sorted(load_episodes(run_folder / f"packed.{part}" / name)) == wanted


def test_weights_of_a_run_are_the_contracts(run_folder: Path) -> None:
    """Ends and calls 2; all other trained ids 1."""
    state = json.loads((run_folder / "packed.1-of-2" / "tokenizer_state.json").read_text())
    heavy = {state["special_tokens"][tag] for tag in ("</myPT_assistant>", "<myPT_eot>", "<myPT_toolcall>")}
    heavy.add(state["special_tokens"]["</myPT_toolcall>"])
    for ids, weights in load_episodes(run_folder / "packed.1-of-2" / "train", "mask_weighted.bin"):
        assert {w for i, w in zip(ids, weights, strict=True) if w and i in heavy} == {2.0}
        assert {w for i, w in zip(ids, weights, strict=True) if w and i not in heavy} == {1.0}


def test_state_and_lineage_stand_beside_the_packs(run_folder: Path) -> None:
    """The pad is the end tag, the vocabulary is padded to 64, the lineage names the rows by digest."""
    folder = run_folder / "packed.2-of-2"
    state, lineage = (
        json.loads((folder / f"{name}.json").read_text()) for name in ("tokenizer_state", "dataset_lineage")
    )
    assert state["pad_id"] == state["special_tokens"]["<myPT_eot>"]
    assert state["padded_vocab_size"] % 64 == 0 and 0 <= state["padded_vocab_size"] - state["vocab_size"] < 64
    for described in lineage["files"]:
        data = (run_folder / described["file"]).read_bytes()
        assert described["sha256"] == hashlib.sha256(data).hexdigest()
        assert described["rows"] == data.count(b"\n") > 0
        beside = run_folder / described["file"].replace("n.2-of-2.jsonl", "n.lineage.2-of-2.json")
        assert json.loads(beside.read_text()) == described
    assert str(run_folder.parent) not in json.dumps(lineage)
