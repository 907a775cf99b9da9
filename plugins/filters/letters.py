"""Reads a text the way an eye does: styled, look-alike and decorated letters become plain ones, places kept.

Sources: Unicode Standard Annex #15 (NFKC), UTS #39 (confusables; the alphabets that text stylers use).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

LOWER, UPPER, LETTER, DIGIT, SEPARATOR = "lower", "upper", "letter", "digit", "separator"

# Alphabets whose letters are mixed into Latin words to disguise them. A change between two of these inside
# a word is a disguise; a change to any other script (kana, Hangul, Arabic, ...) is a border between words.
DISGUISES = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "LISU", "CANADIAN", "COPTIC"})

APOSTROPHE = "'"
_APOSTROPHES = "'’‘‛`´′＇ʼʻʽˈʹ"
_NO_LETTERS = {"ℹ"}  # an emoji in practice, though Unicode calls it a letter
_SQUARED_CJK = ((0x3200, 0x33FF), (0x1F200, 0x1F2FF))
_BLANK_LETTERS = {"\u115f", "\u1160", "\u3164", "\uffa0"}  # Hangul fillers: letters nobody sees
_KEYCAP = "\u20e3"
_MOST_MARKS = 32  # marks piled on one letter beyond this are not looked at


def _pairs(looks: str, plain: str) -> dict[str, str]:
    return dict(zip(looks, plain, strict=True))


_LOOK_ALIKES: dict[str, str] = {
    # Cyrillic, capitals and small letters apart: н looks like H, not like n
    **_pairs("АВЕКМНОРСТУХІЈЅҮԚԜԀҺӀ", "abekmhopctyxijsyqwdhl"),
    **_pairs("авекмнорстухіјѕүԛԝԁһӏгпиш", "abekmhopctyxijsyqwdhlrnuw"),
    # Greek
    **_pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"),
    **_pairs("αβεηικνορτυχγωςϲϳ", "abenikvoptuxywscj"),
    # Armenian
    **_pairs("օսհոյցզՕՏԼ", "ouhnjgqosl"),
    # Cherokee
    **_pairs("ᎠᎡᎢᎥᎪᎫᎬᎳᎷᎻᎽᏀᏃᏂᏙᏒᏕᏚᏞᏟᏢᏦᎩ", "drtiajewmhygzhvrsslcpky"),
    # Lisu
    **_pairs("ꓐꓑꓓꓖꓙꓚꓝꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴꓗꓔꓜꓟ", "bpdgjcfnlsrvhwxyaeiouktzm"),
    # Canadian syllabics, as text stylers use them
    **_pairs("ᗩᗷᑕᗪᖴᕼᒍᒪᗰᑎᑭᖇᔕᑌᐯᗯ᙭ᘔ", "abcdfhjlmnprsuvwxz"),
    # small capitals and bent letters of the phonetic alphabets
    **_pairs("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz"),
    **_pairs("ɑɡɩʋƙƭɓɗƈƴɦɨᶄꭰꭱꭲ", "agivktbdcyhikdrt"),
    **{chr(0x249C + n): chr(97 + n) for n in range(26)},  # ⒜
    **{chr(0x1F150 + n): chr(97 + n) for n in range(26)},  # 🅐
    **{chr(0x1F170 + n): chr(97 + n) for n in range(26)},  # 🅰
}
# Letters of ordinary spelling: folded for a brand's name, but a different letter where a word's language counts.
_SPELLED = {
    "ı": "i", "ȷ": "j", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d", "ħ": "h", "Ħ": "h",
    "ŧ": "t", "Ŧ": "t", "ƀ": "b",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Glyph:
    """One plain character and the stretch `[start, end)` of the original text it was read from.

    `kind` is lower, upper, letter (no case), digit or separator; `script` is Unicode's name of the alphabet of
    the original letter; `accented` says that the letter bears a mark of ordinary spelling (é, not h̷).
    """

    plain: str
    start: int
    end: int
    kind: str
    script: str
    accented: bool

    @property
    def in_word(self) -> bool:
        """Whether the character can be part of a word."""
        return self.kind != SEPARATOR

    def same_word_as(self, other: "Glyph") -> bool:
        """Whether the script allows both characters in one word (digits go with every script)."""
        if DIGIT in (self.kind, other.kind):
            return True
        return self.script == other.script or (self.script in DISGUISES and other.script in DISGUISES)


def read_glyphs(text: str) -> tuple[Glyph, ...]:
    """Reads any text, of any length, into plain glyphs; invisible characters leave none. Never raises."""
    glyphs: list[Glyph] = []
    for start, end in _clusters(text):
        cluster = text[start:end]
        glyphs.extend(
            Glyph(plain, start, end, kind, script, accented)
            for plain, kind, script, accented in _read_cluster(cluster[: _MOST_MARKS + 1])
        )
    return tuple(glyphs)


def plain_text(text: str) -> str:
    """The text's plain characters in a row: "Ｄáily" becomes "daily"."""
    return "".join(glyph.plain for glyph in read_glyphs(text))


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of one base character and the marks and invisible characters that follow it."""
    start = 0
    for here in range(1, len(text)):
        if not _follows(text[here]):
            yield start, here
            start = here
    if text:
        yield start, len(text)


@lru_cache(maxsize=4096)
def _follows(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Me") or char == "\u200d"


@lru_cache(maxsize=16384)
def _read_cluster(cluster: str) -> tuple[tuple[str, str, str, bool], ...]:
    base = cluster[0]
    if base in _APOSTROPHES:
        return ((APOSTROPHE, SEPARATOR, "", False),)
    if unicodedata.category(base) == "Cf" or base in _BLANK_LETTERS:
        return ()
    if _KEYCAP in cluster or _is_sign(base):
        return ((" ", SEPARATOR, "", False),)
    if unicodedata.category(base) in ("Mn", "Me"):
        return ()  # a mark with nothing to stand on
    accented = _bears_spelling(cluster)
    folded = (_fold(char, base, accented) for char in _letters_of(base))
    # "ß" folds to two letters: one glyph each, so that a place in the plain text is a place among the glyphs.
    return tuple((one, kind, script, marked) for plain, kind, script, marked in folded for one in plain)


def _is_sign(char: str) -> bool:
    """Signs that decompose into letters but are not read as part of a word: ™, ㏄, 🈁, ℹ."""
    if char in _NO_LETTERS or any(low <= ord(char) <= high for low, high in _SQUARED_CJK):
        return True
    several = len(unicodedata.normalize("NFKC", char)) > 1
    return several and char not in _LOOK_ALIKES and unicodedata.category(char) == "So"


def _letters_of(base: str) -> str:
    if base in _LOOK_ALIKES or base in _SPELLED:
        return base
    parts = unicodedata.normalize("NFKD", base)
    return "".join(part for part in parts if unicodedata.category(part) not in ("Mn", "Me", "Cf"))


def _bears_spelling(cluster: str) -> bool:
    """é, ệ and ç bear marks of spelling; a struck-through or overgrown letter is decoration."""
    if cluster[0] in _SPELLED:
        return True
    composed = unicodedata.normalize("NFC", "".join(c for c in cluster if not "\ufe00" <= c <= "\ufe0f"))
    left_over = any(unicodedata.category(char) in ("Mn", "Me") for char in composed[1:])
    return not left_over and len(unicodedata.normalize("NFD", composed[:1])) > 1


def _fold(char: str, base: str, accented: bool) -> tuple[str, str, str, bool]:
    plain = _LOOK_ALIKES.get(char) or _SPELLED.get(char) or char.casefold()
    return plain, _kind(char, plain), _script(base if base in _LOOK_ALIKES else char), accented


def _kind(char: str, plain: str) -> str:
    category = unicodedata.category(char)
    if category == "Lu" or (category == "So" and plain.isalpha()):
        return UPPER
    if category == "Ll":
        return LOWER
    if category in ("Lo", "Lm", "Lt", "Mc") or (plain.isalpha() and plain.isascii()):
        return LETTER
    return DIGIT if category.startswith("N") else SEPARATOR


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    name = unicodedata.name(char, "")
    if name.startswith(("KATAKANA", "HALFWIDTH KATAKANA")):
        return "KATAKANA"
    if char in _LOOK_ALIKES and not name.startswith(tuple(DISGUISES)):
        return "LATIN"  # circled and squared letters
    return name.split(" ", 1)[0]
