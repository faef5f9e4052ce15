"""What singles one entity out among others."""

from toolworlds.world.descriptions import find_described_by, is_ranked_out, names_choice


def test_a_column_of_days_and_gaps_ranks_nobody() -> None:
    """Only values that all compare have a least and a greatest."""
    days = [{"due": "2026-03-01"}, {"due": "2026-03-09"}, {"due": "2026-03-02"}]
    assert is_ranked_out("the latest one", days, 1)
    assert not is_ranked_out("the latest one", [{"due": None}, *days[1:]], 1)
    assert not is_ranked_out("the latest one", [{"due": "soon"}, *days[1:]], 1)


def test_short_words_name_no_choice() -> None:
    """`due` and `now` are in many requests; a word of four letters tells."""
    assert not names_choice("what is due now", "due_now", ["due_now", "paid"])
    assert names_choice("what is paid", "paid", ["due_now", "paid"])


def test_yes_and_no_describe_nobody() -> None:
    """A request that says yes does not mean the one entity whose field is true."""
    entities = [{"id": "a", "open": True}, {"id": "b", "open": False}]
    assert find_described_by("Yes, please.", "2026-03-10T09:00:00", entities, 0) == []
    assert find_described_by("Yes, a please.", "2026-03-10T09:00:00", entities, 0) == ["id"]
