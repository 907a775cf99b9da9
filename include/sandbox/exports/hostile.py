"""Archives and workbooks that mean harm, or that no TikTok ever wrote: all of them are to be refused."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace

from include.sandbox.exports import containers
from include.sandbox.exports.truth import File

_BOMB_SIZE = 300 * 2**20
_MANY = 5_000
_ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def archives(good: File) -> list[File]:
    """Hostile ZIPs, each made from a good one and named after its trick; `refused` names the harm."""
    csv = good.members[0].data
    makers: dict[str, tuple[str, Callable[[], bytes]]] = {
        "large": ("zip_bomb", _bomb),
        "many": ("zip_bomb", lambda: _zip([(f"Overview{number}.csv", b"x") for number in range(_MANY)])),
        "nested": ("nested_archive", lambda: _zip([("Overview.zip", good.data)])),
        "encrypted": ("encrypted", lambda: _encrypted(good)),
        "upwards": ("unsafe_name", lambda: _zip([("../../Overview.csv", csv)])),
        "absolute": ("unsafe_name", lambda: _zip([("/etc/Overview.csv", csv)])),
        "symlink": ("symlink", _symlink),
    }
    return [_refused(good, f"{trick}.zip", make(), harm) for trick, (harm, make) in makers.items()]


def workbooks(good: File) -> list[File]:
    """Workbooks made from a good one with what no original has: macros, formulas, external links, an XML bomb."""
    sheet = "xl/worksheets/sheet1.xml"
    formula = b'<c r="A2" t="str"><f>1+1</f><v>2</v></c></row>'
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    changes: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
        "macros": ("xl/vbaProject.bin", lambda _: b"\xd0\xcf\x11\xe0 macros"),
        "formulas": (sheet, lambda xml: xml.replace(b"</row>", formula, 1)),
        "external_links": ("xl/externalLinks/externalLink1.xml", lambda _: link),
        "xml_bomb": (sheet, _with_entities),
    }
    return [
        _refused(good, f"{harm}.xlsx", _changed(good.data, part, change), harm)
        for harm, (part, change) in changes.items()
    ]


def _refused(good: File, name: str, data: bytes, harm: str) -> File:
    return replace(good, name=name, data=data, members=(), refused=harm, why=harm.replace("_", " "))


def _zip(entries: list[tuple[str, bytes]]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return whole.getvalue()


def _bomb() -> bytes:
    """Three hundred megabytes in a few hundred kilobytes."""
    whole, block = io.BytesIO(), bytes(2**20)
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("Overview.csv", "w") as member:
        for _block in range(_BOMB_SIZE // len(block)):
            member.write(block)
    return whole.getvalue()


def _encrypted(good: File) -> bytes:
    """The flag "encrypted" set in both of the member's headers."""
    member = good.members[0]
    data = bytearray(containers.bundle([(member.name, member.data)], good.exported_at))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


def _with_entities(xml: bytes) -> bytes:
    """The first cell's text becomes a billion letters, for who follows entities."""
    declared = xml.replace(b"<worksheet", _ENTITIES.encode() + b"]><worksheet", 1)
    return declared.replace(b"<v>Date</v>", b"<v>&i;</v>", 1)


def _symlink() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        info = zipfile.ZipInfo("Overview.csv")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/hostname")
    return whole.getvalue()


def _changed(workbook: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as before, zipfile.ZipFile(whole, "w") as after:
        parts = {name: before.read(name) for name in before.namelist()}
        parts[part] = change(parts.get(part, b""))
        for name, data in parts.items():
            after.writestr(name, data)
    return whole.getvalue()
