"""Which report a header belongs to, and how its columns are called here; the reports are data (`data/formats.toml`)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from include.account_analytics.facts import Refused
from include.account_analytics.reading.names import shown

PATH = Path(__file__).resolve().parents[1] / "data" / "formats.toml"
REACH = "reach"
# What a column called `reach` alone may stand for; which, only a person knows.
REACH_MEANS = ("video views", "reached audience")


class BadCatalogue(ValueError):
    """The data file of the formats contradicts itself; the message says where."""


@dataclass(frozen=True, slots=True)
class Format:
    """One version of one report. `columns` and `optional`: canonical name → header, as headers are compared."""

    name: str
    family: str
    report: str
    version: int
    columns: Mapping[str, str]
    optional: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    dates: str = "none"  # label, day, none
    posted: str = "none"  # label, moment, epoch, none
    may_be_empty: bool = False
    missing_beside: str | None = None

    def fits(self, headers: frozenset[str]) -> bool:
        return headers.issuperset(self.columns.values()) and headers.isdisjoint(self.without)


@dataclass(frozen=True, slots=True)
class Match:
    """The report of a file. `columns`: for each of its columns the canonical name, or `x_…`; `new_columns`: not known so far."""

    format: Format
    columns: tuple[str, ...]
    new_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the file might be if columns were only renamed: (its header, the known header). Never applied by itself."""

    format: Format
    renames: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No report has this header."""

    header: tuple[str, ...]
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class LoneReach:
    """A column is called `reach` alone: views or people, the file does not say. `candidates`: what would make a report of it."""

    header: tuple[str, ...]
    candidates: tuple[str, ...]


def normalised(header: str) -> str:
    """As headers are compared: trimmed, case-folded, spaces collapsed; marks that cannot be seen are no letters."""
    text = "".join(letter for letter in unicodedata.normalize("NFKC", header) if unicodedata.category(letter) != "Cf")
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All formats that are known, and the aliases of headers."""

    version: int
    formats: tuple[Format, ...]
    aliases: Mapping[str, str]
    kinds: Mapping[str, str]  # canonical name → label, hour, text, share, raw

    @classmethod
    def load(cls, path: Path = PATH) -> Catalogue:
        """Read once for what the file says. Raises BadCatalogue where two entries contradict each other."""
        return cls._of(path.read_text(encoding="utf-8"))

    @classmethod
    @lru_cache(maxsize=4)
    def _of(cls, text: str) -> Catalogue:
        data = tomllib.loads(text)
        formats = tuple(map(_format, data["format"]))
        kinds = {name: kind for kind, names in data["kinds"].items() for name in names}
        catalogue = cls(data["version"], formats, data["aliases"], kinds)
        catalogue._check()
        return catalogue

    def kind(self, column: str) -> str:
        """How a canonical column is read: label, hour, text, share, raw (as it came), or count."""
        return "raw" if column.startswith("x_") else self.kinds.get(column, "count")

    def known(self, header: str, renames: Mapping[str, str] | None = None) -> str:
        """The English header that this one stands for, or the header itself, normalised."""
        text = normalised(header)
        return (renames or {}).get(text, self.aliases.get(text, text))

    def identify(self, header: Sequence[str], renames: Mapping[str, str] | None = None) -> Match | Unknown | LoneReach:
        """The report whose required headers are all there; of several, the one that requires most.

        `renames` are a person's answers: normalised header → known header. Raises Refused for a header that is there twice.
        """
        headers = [self.known(text, renames) for text in header]
        for name, count in Counter(headers).items():
            if name and count > 1:
                raise Refused("doubled_header", f"The column {shown(name)!r} is there {count} times.")
        found = self._fitting(frozenset(headers))
        if found is not None:
            return self._match(found, header, headers)
        if REACH in headers:
            others = frozenset(headers) - {REACH}
            means = tuple(meaning for meaning in REACH_MEANS if self._fitting(others | {meaning}))
            if means:
                return LoneReach(tuple(header), means)
        return Unknown(tuple(header), self._proposals(headers))

    def _fitting(self, headers: frozenset[str]) -> Format | None:
        fitting = [entry for entry in self.formats if entry.fits(headers)]
        return max(fitting, key=lambda entry: len(entry.columns), default=None)

    def _match(self, found: Format, header: Sequence[str], headers: list[str]) -> Match:
        canonical = {known: name for name, known in (*found.optional.items(), *found.columns.items())}
        columns: list[str] = []
        for position, known in enumerate(headers, start=1):
            name = canonical.get(known) or "x_" + (re.sub(r"\W+", "_", known).strip("_") or f"column_{position}")
            columns.append(name if name not in columns else f"{name}_{position}")
        expected = {*canonical, *found.kept}
        new = tuple(text for text, known in zip(header, headers, strict=True) if known not in expected)
        return Match(found, tuple(columns), new)

    def _proposals(self, headers: list[str]) -> tuple[Proposal, ...]:
        """Reports of which a third of the columns at most are missing, and as many unknown ones stand in the file instead.

        `reach` and what is known from other reports is never taken for a new name of something else.
        """
        foreign = [known for known in headers if known not in {*self._known_headers(), REACH, ""}]
        proposals = []
        for entry in self.formats:
            missing = [known for known in entry.columns.values() if known not in headers]
            if missing and len(missing) * 3 <= len(entry.columns) and len(missing) <= len(foreign):
                proposals.append(Proposal(entry, _pairs(missing, foreign, list(entry.columns.values()), headers)))
        return tuple(sorted(proposals, key=lambda proposal: len(proposal.renames)))

    def _known_headers(self) -> set[str]:
        return {
            header
            for entry in self.formats
            for header in (*entry.columns.values(), *entry.optional.values(), *entry.kept)
        }

    def _check(self) -> None:
        known = self._known_headers()
        for header in {*known, *self.aliases}:
            if header != normalised(header):
                raise BadCatalogue(f"{header!r} is not written as headers are compared: {normalised(header)!r}")
        for alias, header in self.aliases.items():
            if header not in known or alias in known or REACH in {alias, header}:
                raise BadCatalogue(f"the alias {alias!r} = {header!r} leads to no header, or from one")
        for entry in self.formats:
            headers, size = frozenset(entry.columns.values()), len(entry.columns)
            rivals = [other for other in self.formats if other.fits(headers) and len(other.columns) >= size]
            if rivals != [entry]:
                names = [other.name for other in rivals]
                raise BadCatalogue(f"{entry.name} {entry.version} cannot be told from {names}")


def _format(entry: Mapping[str, Any]) -> Format:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    try:
        return Format(**values)
    except TypeError as error:
        raise BadCatalogue(f"{entry.get('name', 'a format')}: {error}") from error


def _pairs(
    missing: list[str], foreign: list[str], required: list[str], headers: list[str]
) -> tuple[tuple[str, str], ...]:
    """Each missing header with the foreign one that looks most like it, or that stands in its place."""
    from difflib import SequenceMatcher

    left, pairs = list(foreign), []
    for known in missing:
        place = required.index(known)
        best = max(left, key=lambda text: SequenceMatcher(None, text, known).ratio() + (headers.index(text) == place))
        left.remove(best)
        pairs.append((best, known))
    return tuple(pairs)
