"""Downloads of months, drawn by seed, have one outcome: the account's true days."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.sandbox.exports.histories import history
from include.sandbox.exports.truth import revisions, standing
from tests.examples import examples

METRICS = ("video_views", "profile_views", "likes", "comments", "shares")


@examples(25)
@given(seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
def test_one_outcome(seed: int, order):
    """In any order the standing numbers are the true days, a corrected cell apart, and nothing else is a revision."""
    account, files = history(seed)
    mixed = list(files)
    order.shuffle(mixed)
    changed = revisions(files)
    assert revisions(mixed) == changed
    assert standing(mixed) == standing(files)
    corrected = {(change.day, change.metric): change.new for change in changed}
    assert len(changed) == len(corrected) <= 1
    for (_, day), values in standing(files).items():
        for metric in METRICS:
            assert values[metric] == corrected.get((day, metric), account.value(day, metric))


@pytest.mark.parametrize("seeds", [range(4), pytest.param(range(4, 20), marks=pytest.mark.thorough)])
def test_neighbours_overlap(seeds: range):
    """Each download shares settled days with the one before it, so that their shifts can be proved."""
    for seed in seeds:
        _, files = history(seed)
        visits = {file.exported_at: file for file in files if file.members[0].sheet.report == "overview"}
        settled = [
            set(file.members[0].sheet.true_days) - file.members[0].sheet.provisional
            for _, file in sorted(visits.items())
        ]
        assert all(len(one & other) >= 8 for one, other in pairwise(settled))


def test_every_kind_comes_up():
    """Late and on time, corrected, downloaded twice, unpacked, renamed, as workbooks: a few seeds show all of it."""
    files = [file for seed in range(12) for file in history(seed)[1]]
    assert {member.sheet.label_shift for file in files for member in file.members} == {0, 1}
    assert any("(1)" in file.name for file in files)
    assert any(file.name.endswith("/Overview.csv") for file in files)
    assert any(file.name == "ファイル.zip" for file in files)
    assert any(member.name.endswith(".xlsx") for file in files for member in file.members)
    assert any(revisions(history(seed)[1]) for seed in range(12))
