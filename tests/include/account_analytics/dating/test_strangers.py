"""Files of another account among an account's own: who is asked about, and what an answer does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from include.account_analytics.dating.solve import solve
from include.account_analytics.facts import MemberRows, Sighting
from tests.include.account_analytics.dating.accounts import DAY, LANDED, World, noon, overview, together

AT = noon(date(2026, 3, 20))
OWN, OTHER = World(1), World(2)


def exports(world: World, *days: int, days_later: int = 0, **more) -> list[MemberRows]:
    """The Overviews of downloads on these days, all of them said to be of `mara`."""
    found = [world.export(AT + n * DAY, landed_at=LANDED + days_later * DAY, **more)[0] for n in days]
    return [replace(each, account="mara") for each in found]


def asked(members: list[MemberRows], answers: dict[tuple[str, str], str] | None = None) -> list[bool]:
    dated = solve(members, answers)
    return [dated[each.sha256].question is not None for each in members]


def test_first_to_land_stays():
    """What landed first is the account's own, though of the other account more came later."""
    own, others = exports(OWN, 0), exports(OTHER, 3, 9, days_later=1)
    assert asked([*others, *own]) == [True, True, False]
    assert len({found.question.subject for found in solve([*own, *others]).values() if found.question}) == 1


def test_handle_in_the_name_stays():
    """What carries the account's handle in its name is its own, whenever it landed."""

    def named(seen: Sighting) -> Sighting:
        return replace(seen, name=replace(seen.name, handle="Mara"))

    (own,), others = exports(OWN, 0, days_later=9), exports(OTHER, 3)
    own = replace(own, sightings=tuple(map(named, own.sightings)))
    assert asked([own, *others]) == [False, True]


def test_more_that_agree_stay():
    """Of what landed at one moment, the side with more downloads that agree is the account's own."""
    assert asked([*exports(OWN, 0, 6), *exports(OTHER, 3)]) == [False, False, True]


def test_downloaded_first_stays():
    """One against one that landed together: what was downloaded first is the account's own."""
    assert asked([*exports(OWN, 0), *exports(OTHER, 3)]) == [False, True]
    assert asked([*exports(OWN, 3), *exports(OTHER, 0)]) == [True, False]


def test_even():
    """Where nothing tells which was first, both wait."""
    assert asked([*exports(OWN, 0), *exports(OTHER, 0)]) == [True, True]


def test_all_reports_of_the_download_wait():
    """What came with a stranger's Overview waits with it, the shares of its followers too."""
    own = exports(OWN, 0)
    foreign = OTHER.export(AT + 3 * DAY, with_content=True, landed_at=LANDED + DAY)
    shares = MemberRows("gender", "mara", "studio", "follower_gender", sightings=foreign[0].sightings, rows=2)
    foreign = together(*(replace(each, account="mara") for each in foreign), shares)
    dated = solve([*own, *foreign])
    assert [dated[each.sha256].question for each in foreign] == [dated[foreign[0].sha256].question] * 3
    assert dated[foreign[0].sha256].question is not None
    answer = {("other_account", foreign[0].sha256): "another account"}
    refusals = [solve([*own, *foreign], answer)[each.sha256].refusal for each in foreign]
    assert [refusal and refusal.code for refusal in refusals] == ["other_account"] * 3


def test_said_to_be_the_same():
    """The answer that it is the same account is kept to, and a later file of the chain needs none of its own."""
    own, others = exports(OWN, 0), exports(OTHER, 3, 9, days_later=1)
    answers = {("other_account", others[0].sha256): "same account"}
    assert asked([*own, *others], answers) == [False, False, False]


def test_accounts_without_views():
    """Two accounts of hardly any views are never called strangers."""
    own = [(n % 4, 0, 0, 0, 0) for n in range(28)]
    other = [(n % 7, 1, 0, 0, 0) for n in range(28)]
    (seen,) = OWN.export(AT)[0].sightings
    labels = OWN.export(AT)[0].labels
    assert asked([overview(labels, own, seen), overview(labels, other, seen)]) == [False, False]


def test_other_family_is_no_stranger():
    """Business figures that differ from Studio's are another count, not another account."""
    (own,), (foreign,) = exports(OWN, 0), exports(OTHER, 3, days_later=1)
    assert asked([own, replace(foreign, family="business")]) == [False, False]
