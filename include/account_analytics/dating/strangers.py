"""Downloads of another account: their common days fit the account's at no distance of the labels.

Which of two is the stranger no number tells. The account's own is: what carries its handle; else what landed first; else the side
with more downloads that agree; else what was downloaded first. Where all that is even, both wait for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from include.account_analytics.dating.shifts import Chain
from include.account_analytics.dating.witnesses import written_at
from include.account_analytics.facts import MemberRows

_NEVER = datetime.max.replace(tzinfo=UTC)
Pair = tuple[str, str]


def find_strangers(
    chains: Sequence[Chain], strangers: Iterable[Pair], members: Mapping[str, MemberRows]
) -> dict[str, list[str]]:
    """For each download that waits, the downloads it does not fit."""
    against: dict[str, set[str]] = {}
    for one, other in strangers:
        against.setdefault(one, set()).add(other)
        against.setdefault(other, set()).add(one)
    kept: set[str] = set()
    waiting: dict[str, list[str]] = {}
    ranks = {number: _rank(chain, members) for number, chain in enumerate(chains)}
    for rank in sorted(set(ranks.values())):
        equals = [chain for number, chain in enumerate(chains) if ranks[number] == rank]
        fitting = [chain for chain in equals if not _foes(chain, against) & kept]
        rivals = {key for chain in fitting for key in chain}
        for chain in equals:
            foes = _foes(chain, against) & (kept | (rivals - set(chain) if chain in fitting else set()))
            waiting |= {key: sorted(foes) for key in chain if foes}
        kept |= rivals - set(waiting)
    return waiting


def _foes(chain: Chain, against: Mapping[str, set[str]]) -> set[str]:
    return {foe for key in chain for foe in against.get(key, ())} - set(chain)


def _rank(chain: Chain, members: Mapping[str, MemberRows]) -> tuple[bool, datetime, int, datetime]:
    sightings = [(members[key].account, sighting) for key in chain for sighting in members[key].sightings]
    has_handle = any((sighting.name.handle or "").casefold() == account.casefold() for account, sighting in sightings)
    landed = min((sighting.landed_at for _, sighting in sightings), default=_NEVER)
    made = min((written for _, sighting in sightings if (written := written_at(sighting))), default=_NEVER)
    return not has_handle, landed, -len(chain), made
