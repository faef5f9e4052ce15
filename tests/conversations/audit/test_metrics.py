"""Measures of diversity, their intervals, and the command as a user runs it."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.audit import metrics
from conversations.audit.features import DuplicateIndex, Features, read_features
from conversations.audit.measures import compare, entropy, mean_dissimilarity, measure, measure_spread
from tests.conversations.audit.guesthouse import SOUND, Talk, book_a_room
from utils import dump_line

SETS = st.lists(st.frozensets(st.sampled_from("abcd"), min_size=1), min_size=2, max_size=12)


def read(*talks: Talk) -> list[Features]:
    return list(read_features(talk.conversation() for talk in talks))


def write(path: Path, talks: Sequence[Talk]) -> Path:
    path.write_bytes(b"".join(dump_line(talk.record()) for talk in talks))
    return path


@given(st.lists(st.sampled_from("abc"), min_size=1))
def test_entropy_lies_between_nothing_and_the_logarithm_of_the_kinds(labels: list[str]) -> None:
    """0 for one label alone, ln k for k equally frequent ones, never beyond."""
    assert -1e-12 <= entropy(labels) <= math.log(len(set(labels))) + 1e-12
    assert entropy("a" * 5) == 0
    assert entropy("abcabc") == pytest.approx(math.log(3))


@given(SETS)
def test_dissimilarity_is_0_for_equal_sets_and_1_for_disjoint_ones(sets: list[frozenset[str]]) -> None:
    """And in between otherwise."""
    value = mean_dissimilarity(sets)
    assert value is not None and 0 <= value <= 1
    assert mean_dissimilarity([sets[0]] * 3) == 0
    assert mean_dissimilarity([frozenset("ab"), frozenset("cd")]) == 1


def test_measures_of_three_conversations() -> None:
    """Worked out by hand from the fixtures."""
    found = measure(read(*(make() for make in SOUND)))
    assert found["domain_entropy"] == 0
    assert found["chain_entropy"] == pytest.approx(math.log(3))
    assert found["pattern_entropy"] == pytest.approx(-(2 / 3) * math.log(2 / 3) - math.log(1 / 3) / 3)
    assert found["jaccard_dissimilarity"] == pytest.approx((0 + 0.5 + 0.5) / 3)
    assert found["distinct_calls"] == pytest.approx(6 / 7)  # Porto without view is searched twice
    assert found["clarification_share"] == pytest.approx(1 / 3)
    assert found["ids_from_outputs"] == 1
    assert found["distinct_openings"] == 3


def test_distinct_ngrams_fall_with_repetition() -> None:
    """Twice the same conversation has the same n-grams, among twice as many."""
    once, twice = measure(read(book_a_room())), measure(read(book_a_room(), book_a_room(2)))
    for name in ("distinct_1", "distinct_2", "distinct_3"):
        assert twice[name] == pytest.approx((once[name] or 0) / 2)


def test_near_duplicates_are_found_whatever_their_numbers() -> None:
    """A dialogue that differs in figures is a near-duplicate, another one is not."""
    index, request = (
        DuplicateIndex(),
        "please book a quiet room on floor {} for {} nights and mail me the bill",
    )
    assert not index.add([request.format(2, 3).split()])
    assert index.add([request.format(17, 5).split()])
    assert not index.add([["what", "does", "the", "ferry", "to", "the", "island", "cost", "on", "sundays"]])


UNIT = st.lists(st.sampled_from([(1.0, 0.0), (0.0, 1.0), (0.6, 0.8)]), min_size=2, max_size=8)


@given(UNIT)
def test_spread_is_the_mean_distance_of_all_pairs(vectors: list[tuple[float, float]]) -> None:
    """As computed pair by pair."""
    distances = [1 - sum(x * y for x, y in zip(a, b, strict=True)) for a, b in combinations(vectors, 2)]
    assert measure_spread(vectors) == pytest.approx(fmean(distances))
    assert measure_spread(vectors[:1]) is None


def test_a_measured_difference_lies_in_its_interval() -> None:
    """Whatever is compared; a set differs in nothing from itself."""
    some = read(*(make() for make in SOUND))
    varied = [replace(f, chain=f"{f.chain} {i}") for i, f in enumerate(some * 20)]
    found = {d.name: d for d in compare(some * 20, varied, resamples=60, seed=1)}
    assert all(d.low <= d.b - d.a <= d.high for d in found.values())
    assert found["chain_entropy"].low > 0 and found["chain_entropy"].is_clear
    assert found["domain_entropy"].low == found["domain_entropy"].high == 0
    assert compare(some, varied, 20, 3) == compare(some, varied, 20, 3)


def test_figures_are_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table for people, the JSON for machines."""
    path, out = write(tmp_path / "a.jsonl", [make() for make in SOUND]), tmp_path / "figures.json"
    assert metrics.main(["--input", str(path), "--output", str(out)]) == 0
    assert "chain entropy" in capsys.readouterr().out
    figures: dict[str, Any] = json.loads(out.read_text())
    assert figures["conversations"] == 3 and figures["distinct_chains"] == 1


def test_folders_are_compared_file_by_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file a seed: in how many of them the second folder is higher."""
    for folder, talks in (("off", [book_a_room(1), book_a_room(2)]), ("on", [make() for make in SOUND[:2]])):
        (tmp_path / folder).mkdir()
        for seed in (1, 2):
            write(tmp_path / folder / f"{seed}.jsonl", talks)
    assert metrics.main(["--compare", str(tmp_path / "off"), str(tmp_path / "on"), "--resamples", "20"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "chain entropy" in line]
    assert "2 of 2 files" in line


@pytest.mark.parametrize(("text", "says"), [("", "holds no conversations"), ("{}\n", "is no Conversation")])
def test_a_wrong_file_is_a_users_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    """One line, exit code 2."""
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    assert metrics.main(["--input", str(path)]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["--input", "{file}"], ["--compare", "{file}", "{folder}"]])
def test_what_is_measured_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    """Neither the file nor one in a folder that is compared."""
    file = write(tmp_path / "c.jsonl", [book_a_room(1)])
    before = file.read_bytes()
    given = [flag.format(file=file, folder=tmp_path) for flag in flags]
    assert metrics.main([*given, "--output", str(tmp_path / "c.jsonl")]) == 2
    assert "is what is measured" in capsys.readouterr().err
    assert file.read_bytes() == before
