"""Verdicts in plain words: which layer decided, and what was measured against what."""

from __future__ import annotations

from decimal import Decimal

from include.database import Row

DECISIONS = {
    "platform": "Refused by layer 1: platform",
    "pronoun": "Refused by layer 2: pronoun",
    "criteria": "Refused by the comet criteria",
    "face": "Refused by layer 3: face",
    "consistency": "Refused by the consistency check",
    "undetermined": "Undetermined",
    "accepted": "Accepted",
}
FIELDS = {
    "handle": "handle",
    "nickname": "name",
    "bio": "bio",
    "caption": "caption",
    "plays": "plays",
    "followers": "followers",
    "account": "account",
    "profile": "profile",
    "cover": "cover",
    "median_plays": "median of the latest videos",
    "share": "share of the latest videos",
    "last_post": "last post",
    "overrule": "overruled by a person",
}
# What each layer can decide by; anything else is not there, and is not looked for among millions.
FIELDS_OF = {
    "platform": {"handle", "nickname", "bio", "overrule"},
    "pronoun": {"caption", "overrule"},
    "criteria": {"plays", "followers", "account", "overrule"},
    "face": {"cover", "overrule"},
    "consistency": {"median_plays", "share", "last_post"},
    "undetermined": {"cover", "profile"},
    "accepted": {"cover", "overrule"},
}
# Where a number of followers stood; many searches give none, and then the profile has it.
SOURCES = {"stub": "the search answer", "profile": "the profile"}
TEXTS = ("handle", "nickname", "bio", "caption")
# What an overrule of a refusal means for the creator from then on.
PASSES = {
    "platform": "Layer 1 (platform) refuses this creator no more",
    "pronoun": "Layer 2 (pronoun) refuses this creator no more, whatever the caption",
    "face": "Layer 3 (face) refuses this creator no more; their covers are not looked at",
    "consistency": "The consistency check refuses this creator no more; their videos are not asked for",
    "followers": "This creator is taken with any number of followers",
    "plays": "This creator's videos are taken with any number of plays",
}
# What somebody can say was missed about an accepted video: the label's layer and field, in the order of the form.
MISSED = {
    "platform.handle": "the handle names another platform or a repost account (layer 1)",
    "platform.nickname": "the name does (layer 1)",
    "platform.bio": "the bio does (layer 1)",
    "pronoun.caption": "the caption narrates somebody else (layer 2)",
    "face.cover": "the cover shows no face of theirs (layer 3)",
    "criteria.": "something else: not who is looked for",
}

# Why somebody lets a creator pass whom a layer refused, and why they hold a refusal for right: a click each.
REASONS_TO_PASS = {
    "platform": ("it is the creator's own account", "the word means something else here"),
    "pronoun": ("they tell of themselves", "the word means something else here"),
    "criteria": ("worth following at this size",),
    "face": ("their face is to be seen", "they are known without a face"),
    "consistency": ("worth following all the same", "they have only just begun"),
}
REASONS_TO_AGREE = {
    "platform": {
        "repost": "reposts others",
        "elsewhere": "lives on another platform",
        "seller": "sells, is a shop",
        "other": "other",
    },
    "pronoun": {"other person": "tells of somebody else", "repost": "reposts others", "other": "other"},
    "criteria": {"out of range": "too small or too large", "other": "other"},
    "face": {
        "no face": "no face of theirs",
        "repost": "reposts others",
        "seller": "sells, is a shop",
        "other": "other",
    },
    "consistency": {"one hit": "one hit, hardly watched otherwise", "silent": "has stopped posting", "other": "other"},
}
REASONS = {code: words for reasons in REASONS_TO_AGREE.values() for code, words in reasons.items()}
JUDGES = {
    "platform": "the lists of words",
    "pronoun": "how the caption begins",
    "criteria": "the numbers",
    "face": "the face detector",
    "consistency": "their latest videos",
    "accepted": "all layers",
    "undetermined": "nobody yet",
}


def judge(verdict: Row) -> str:
    """Who or what decided, in words."""
    if verdict["field"] == "overrule":
        return "a person"
    if verdict["layer"] == "accepted" and verdict["detector"]:
        return "all layers, last the face detector"
    return JUDGES[verdict["layer"]]


def overrule_key(layer: str, field: str | None) -> str:
    """`platform.bio`: how forms name what is overruled."""
    return f"{layer}.{field or ''}"


def can_be_overruled(verdict: Row) -> bool:
    """Whether a person's word can stand against it: not where nothing was decided, or a person decided already."""
    layer, field = verdict["layer"], verdict["field"]
    if layer == "accepted":
        return True
    return layer != "undetermined" and field not in {"account", "overrule"}


def evidence(verdict: Row) -> str:
    """What was measured against what was needed, or where the matched text stands; without that text itself."""
    layer, field = verdict["layer"], verdict["field"]
    measured, threshold = verdict["measured"], verdict["threshold"]
    if layer in {"platform", "pronoun"} and field != "overrule":
        return f"in the {FIELDS.get(field, field)}"
    if measured is not None and field == "cover":
        return _face(measured, threshold, is_enough=layer == "accepted")
    if layer == "consistency" and measured is not None and threshold is not None:
        return _videos(field, measured, threshold)
    if measured is not None and threshold is not None:
        bound = "needed" if measured < threshold else "at most"
        # Plays are always the search answer's; a verdict of earlier days does not say where its followers stood.
        source = SOURCES.get(verdict.get("followers_from") or "" if field == "followers" else "stub")
        where = f" in {source}" if source else ""
        return f"{int(measured):,} {FIELDS.get(field, field)}{where}; {int(threshold):,} {bound}"
    return {
        "overrule": "a person overruled it",
        "account": "the account is not open to everybody",
        "profile": "no profile was to be had",
        "cover": "no readable cover",
    }.get(field or "", "")


def doubt(verdict: Row) -> str:
    """Why a verdict on a cover is uncertain; "" where it is not."""
    measured, threshold = verdict["measured"], verdict["threshold"]
    if not verdict["is_uncertain"]:
        return ""
    if verdict["layer"] == "face" and measured is not None and threshold is not None and measured > threshold:
        return "the detector is not sure that it is a face"
    return "the face's share is near the threshold"


def _videos(field: str | None, measured: Decimal, threshold: Decimal) -> str:
    """What their latest videos came to, rounded so that it never looks like enough."""
    if field == "share":
        return f"{int(measured * 10) / 10:g} % of their latest videos reach the bar; {threshold:.4g} % needed"
    if field == "last_post":
        return f"last post {int(measured):,} days before they were asked for; at most {int(threshold):,}"
    return f"median of their latest videos {int(measured):,} plays; {int(threshold):,} needed"


def _face(measured: Decimal, threshold: Decimal | None, *, is_enough: bool) -> str:
    if threshold is None:
        return f"face {measured:.1f} %"
    if not is_enough and measured > threshold:
        return f"perhaps a face, {measured:.1f} %; a sure one of more than {threshold:.1f} % needed"
    if not measured:
        return f"no face found; more than {threshold:.1f} % needed"
    # As many digits as it takes to tell the two apart.
    for digits in (1, 2, 3, 4):
        found, needed = f"{measured:.{digits}f}", f"{threshold:.{digits}f}"
        if found != needed:
            break
    return f"face {found} %; more than {needed} % needed" if is_enough else f"face {found} % of the {needed} % needed"
