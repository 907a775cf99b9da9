"""What a file is that is no export: known by its first bytes, said in plain words, with where the right file is found."""

from __future__ import annotations

import codecs
import json
import re

from include.account_analytics.facts import Refused

HEAD = 64 * 1024
WHERE = "TikTok Studio → Analytics → Download data gives the right one, as CSV or XLSX."
PERSONAL = (
    "This is the download of personal data: messages, logins and activity, no analytics. It is not copied; keep it private. "
) + WHERE
# code, what it is, how it begins
BEGINNINGS = (
    ("pdf", "a PDF document", rb"\s{0,16}%PDF-"),
    (
        "image",
        "a picture",
        rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP|BM.{4}\0{4}|II\*\0|MM\0\*|.{4}ftyp(?:heic|heix|avif|mif1)",
    ),
    (
        "video",
        "a video or sound file",
        rb".{4}(?:ftyp|moov|mdat|wide)|\x1aE\xdf\xa3|RIFF.{4}(?:AVI |WAVE)|ID3|OggS|FLV\x01|\0\0\x01\xba|\xff\xfb",
    ),
    (
        "archive",
        "an archive that is no ZIP file",
        rb"\x1f\x8b|Rar!\x1a|7z\xbc\xaf\x27\x1c|BZh[1-9]|\xfd7zXZ|.{257}ustar|\x28\xb5\x2f\xfd",
    ),
    ("database", "a database", rb"SQLite format 3|PAR1"),
    ("program", "a program", rb"\x7fELF|MZ.{58}|\xcf\xfa\xed\xfe|#!"),
    ("rich_text", "a text document", rb"\{\\rtf"),
)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
# Top-level parts of the personal download, as they were called over the years.
PERSONAL_PARTS = frozenset(
    {
        "activity",
        "your activity",
        "comment",
        "comments",
        "direct message",
        "direct messages",
        "profile",
        "profile and settings",
        "app settings",
        "likes and favorites",
        "ads and data",
        "income plus wallet",
        "income+ wallet",
        "tiktok live",
        "tiktok shop",
        "tiktok shopping",
    }
)
PERSONAL_FILE = re.compile(
    r"(?:^|/)(?:user_data[^/]*|chat history|direct messages?|watch history|browsing history|login history|search history|"
    r"share history|like list|following|follower|comments|posts|profile info(?:rmation)?|block list)\.(?:json|txt)$",
    re.IGNORECASE,
)
# Chats, and lists of moments with a line of `name: value` below each, in whatever language.
PERSONAL_TEXT = re.compile(
    r"^(?:(?:>+ *)?Chat History with|(?:[^\W\d][\w ]{0,20}: )?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC)?\s*\n\s*[\w. ]{1,30}: )",
    re.MULTILINE,
)


def refuse_foreign(head: bytes) -> None:
    """Raises Refused when the first bytes (HEAD of them) are those of something known that is no table."""
    for code, what, beginning in BEGINNINGS:
        if re.match(beginning, head, re.DOTALL):
            raise Refused(code, f"This is {what}, not an export of analytics. {WHERE}")
    if head.startswith(OLD_OFFICE):
        if ENCRYPTED_PACKAGE in head:
            raise Refused("encrypted", f"This workbook is protected by a password. {WHERE}")
        raise Refused("old_office", f"This is a file of an old office program (.xls, .doc). {WHERE}")
    refuse_foreign_text(text_of(head))


def refuse_foreign_text(text: str) -> None:
    """Raises Refused for HTML, XML, and JSON; of personal data, and of JSON that may be some, no copy may be made."""
    start = text.lstrip("\ufeff \t\r\n")
    if PERSONAL_TEXT.search(start[:300]):
        raise Refused("personal_data", PERSONAL, is_kept=False)
    if start[:1] in {"{", "["} and not start.startswith("[["):
        if _names_personal_parts(start):
            raise Refused("personal_data", PERSONAL, is_kept=False)
        raise Refused(
            "json",
            f"This is JSON, not an export of analytics; it may be private, and is not copied. {WHERE}",
            is_kept=False,
        )
    if re.match(r"<\?xml|<[a-z]+:?[a-z]*[ >/]", start, re.IGNORECASE) or start.startswith(("<!", "<%")):
        if re.search(r"<(?:!doctype html|html|head|body|script|meta|div)\b", start, re.IGNORECASE):
            raise Refused("html", f"This is a web page, probably of the login, saved under another name. {WHERE}")
        raise Refused("xml", f"This is XML, not an export of analytics. {WHERE}")


def is_personal(names: list[str]) -> bool:
    """Whether the files of an archive are those of the personal download, as one JSON file or as folders of texts."""
    texts = [name for name in names if name.casefold().endswith((".txt", ".json"))]
    return any(PERSONAL_FILE.search(name) or PERSONAL_PARTS & set(name.casefold().split("/")[:-1]) for name in texts)


def text_of(head: bytes) -> str:
    """The beginning as text, roughly: enough to know HTML and JSON in any encoding."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="replace")
    if b"\0" in head[:2]:
        return head.decode("utf-16-be" if head[:1] == b"\0" else "utf-16-le", errors="replace")
    return head.decode("utf-8-sig", errors="replace")


def _names_personal_parts(text: str) -> bool:
    keys = {key.casefold() for key in re.findall(r'"((?:[^"\\]|\\.){1,40})"\s*:\s*[{\[]', text[:HEAD])}
    return bool(keys & PERSONAL_PARTS) or json.dumps("Chat History")[1:-1] in text
