"""From a header to its report, or to the question that only a person can answer; and from the answer back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from include.account_analytics.facts import Question, Refused
from include.account_analytics.reading.foreign import WHERE
from include.account_analytics.reading.formats import REACH, Catalogue, LoneReach, Match, Unknown, normalised
from include.account_analytics.reading.names import shown


class Asks(Refused):
    """A report waits for an answer; `renames_of` makes it what `examine` needs to read the report, and others like it."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.kind, question.text)
        self.question = question


def recognised(header: Sequence[str], catalogue: Catalogue, renames: Mapping[str, str] | None = None) -> Match:
    """Raises Asks where no report has this header, or where a column `reach` may be one thing or another."""
    found = catalogue.identify(header, renames)
    if isinstance(found, Match):
        return found
    raise Asks(_about_reach(found) if isinstance(found, LoneReach) else _about_header(found))


def renames_of(question: Question, answer: str) -> dict[str, str]:
    """What an answer changes: normalised header → known header. An answer in other words changes nothing."""
    if question.kind == "reach":
        return {REACH: answer} if answer in question.candidates else {}
    pairs = (part.rsplit(" = ", 1) for part in answer.split("; ") if " = " in part)
    return {normalised(theirs): normalised(known) for theirs, known in pairs}


def _about_reach(found: LoneReach) -> Question:
    text = f"What does the column “reach” count: views, or people who were reached? The header is: {_listed(found.header)}."
    return Question("reach", _subject(found.header), text, found.candidates, {"header": list(found.header)})


def _about_header(found: Unknown) -> Question:
    """A likely rename is proposed as an answer, never applied."""
    candidates = tuple(
        "; ".join(f"{normalised(theirs)} = {known}" for theirs, known in proposal.renames)
        for proposal in found.proposals
    )
    text = f"No report has this header: {_listed(found.header)}."
    if candidates:
        text += f" Was a column only renamed ({candidates[0]})?"
    details = {"header": list(found.header), "formats": [proposal.format.name for proposal in found.proposals]}
    return Question("unknown_header", _subject(found.header), f"{text} {WHERE}", candidates, details)


def _listed(header: Sequence[str]) -> str:
    return ", ".join(shown(text) for text in header)


def _subject(header: Sequence[str]) -> str:
    """The same for every file with this header, so that one answer holds for all of them."""
    return "|".join(normalised(text) for text in header)
