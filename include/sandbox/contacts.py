"""Where invented creators say they can be reached: the contact fields of a profile, and e-mail addresses spelt out in a bio.

Drawn from dice of their own: nothing else about a creator depends on them. No address is of a domain that anybody can own.
"""

import base64
import hashlib

from include.sandbox.dice import Dice
from include.sandbox.names import words_of

_CATEGORIES = ("Food & Beverage", "Art & Crafts", "Education", "Health & Fitness", "Personal Blog", "Home & Garden")
_SPELT_OUT = (
    "biz: {given} (at) {topic}.example",
    "📩 {given} [at] {topic} [dot] example",
    "work {given}{{at}}{topic} dot example",
)
_PAGES = ("https://{given}-{topic}.example/links", "https://{topic}.example/{given}", "www.{given}{topic}.example")


def fields(seed: int, index: int) -> dict[str, str]:
    """The fields of a profile, as real ones carry them: empty where nothing is said, `bio_url` and `bio_email` left out then."""
    given, topic, number = words_of(index)
    dice = Dice(seed, "contacts", index)
    own = f"{given}.{topic}{number or ''}"
    said = {"category": "", "ins_id": "", "youtube_channel_id": "", "youtube_channel_title": ""}
    if dice.chance(0.15):
        said["category"] = dice.pick(_CATEGORIES)
    if dice.chance(0.2):
        said["ins_id"] = own
    if dice.chance(0.1):
        digest = hashlib.blake2b(f"{seed} channel {index}".encode(), digest_size=18).digest()
        said["youtube_channel_id"] = "UC" + base64.urlsafe_b64encode(digest).decode()[:22]
        said["youtube_channel_title"] = f"{given.title()} and {topic}"
    if dice.chance(0.12):
        said["bio_url"] = dice.pick(_PAGES).format(given=given, topic=topic)
    if dice.chance(0.05):
        said["bio_email"] = f"{own}@mail.example"
    return said


def line_of_bio(seed: int, index: int) -> str:
    """What a creator adds to their bio: mostly nothing, else an e-mail address spelt out so that no machine should read it."""
    given, topic, _ = words_of(index)
    dice = Dice(seed, "spelt out", index)
    return dice.pick(_SPELT_OUT).format(given=given, topic=topic) if dice.chance(0.06) else ""
