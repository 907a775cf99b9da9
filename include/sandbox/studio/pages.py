"""What the Studio-like page shows: tabs, a menu of ranges, a button, a dialog, in three languages.

It is written by what is known of TikTok Studio, and is not TikTok's page: nobody can try that one here.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TABS = ("overview", "content", "viewers", "followers")
RANGES = ("7", "28", "60", "365", "custom")
# language -> what is pressed -> how the page calls it
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Analytics", "overview": "Overview", "content": "Content", "viewers": "Viewers", "followers": "Followers",
        "7": "Last 7 days", "28": "Last 28 days", "60": "Last 60 days", "365": "Last 365 days", "custom": "Custom",
        "from": "Start date", "to": "End date", "apply": "Apply", "download_data": "Download data",
        "heading": "Download data of this tab", "csv": "CSV", "xlsx": "XLSX", "confirm": "Download",
        "decline": "Decline optional cookies",
    },
    "de": {
        "title": "Analysen", "overview": "Übersicht", "content": "Inhalte", "viewers": "Zuschauer", "followers": "Follower",
        "7": "Letzte 7 Tage", "28": "Letzte 28 Tage", "60": "Letzte 60 Tage", "365": "Letzte 365 Tage",
        "custom": "Benutzerdefiniert", "from": "Startdatum", "to": "Enddatum", "apply": "Anwenden",
        "download_data": "Daten herunterladen", "heading": "Daten dieses Tabs herunterladen", "csv": "CSV", "xlsx": "XLSX",
        "confirm": "Herunterladen", "decline": "Optionale Cookies ablehnen",
    },
    "es": {
        "title": "Análisis", "overview": "Resumen", "content": "Contenido", "viewers": "Espectadores",
        "followers": "Seguidores", "7": "Últimos 7 días", "28": "Últimos 28 días", "60": "Últimos 60 días",
        "365": "Últimos 365 días", "custom": "Personalizado", "from": "Fecha de inicio", "to": "Fecha de finalización",
        "apply": "Aplicar", "download_data": "Descargar datos", "heading": "Descargar datos de esta pestaña", "csv": "CSV",
        "xlsx": "XLSX", "confirm": "Descargar", "decline": "Rechazar cookies opcionales",
    },
}  # fmt: skip
# A language that nobody has labels for: in it, the page is as one that was changed.
WORDS["fi"] = {name: f"{word}ä" if name not in ("csv", "xlsx") else word for name, word in WORDS["en"].items()}

_SCRIPT = """
const behaves = %(behaves)s;
let tab = "overview", range = {days: "7"};
const $ = id => document.getElementById(id);
const name = $("range");
name.onclick = () => { $("menu").hidden = !$("menu").hidden; };
for (const option of document.querySelectorAll("#menu [role=option]")) option.onclick = () => {
  $("menu").hidden = option.dataset.days !== "custom";
  $("custom").hidden = option.dataset.days !== "custom";
  if (option.dataset.days !== "custom") { range = {days: option.dataset.days}; name.textContent = option.textContent; }
};
$("apply").onclick = () => {
  range = {from: $("from").value, to: $("to").value};
  name.textContent = `${range.from} - ${range.to}`;
  $("menu").hidden = $("custom").hidden = true;
};
for (const each of document.querySelectorAll("[role=tab]")) each.onclick = () => {
  tab = each.dataset.tab;
  for (const other of document.querySelectorAll("[role=tab]")) other.setAttribute("aria-selected", other === each);
};
$("data").onclick = () => $("dialog").showModal();
$("go").onclick = () => {
  const format = document.querySelector("input[name=format]:checked").value;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  $("dialog").close();
  if (behaves.never_comes) return;
  location.href = "/tiktokstudio/export?" + new URLSearchParams({tab, format, zone, ...range});
};
if (behaves.logs_out) setTimeout(() => { location.href = "/login"; }, behaves.logs_out);
"""
_PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title} | Studio</title></head><body>
<h1>{title}</h1>
<div role="tablist">{tabs}</div>
<button id="range" aria-haspopup="listbox">{first}</button>
<div id="menu" role="listbox" hidden>{options}
<div id="custom" hidden><label>{start}<input id="from" type="date"></label><label>{end}<input id="to" type="date"></label>
<button id="apply">{apply}</button></div></div>
<button id="data">{download_data}</button>
<p>@{handle}</p>
<dialog id="dialog"><h2>{heading}</h2>
<label><input type="radio" name="format" value="XLSX" checked>{xlsx}</label>
<label><input type="radio" name="format" value="CSV">{csv}</label>
<button id="go">{confirm}</button></dialog>
{banner}
<script>{script}</script></body></html>
"""


_BANNER = """<div style="position:fixed;inset:0;background:#fffc">
<button onclick="this.parentElement.remove()">{decline}</button></div>"""


@dataclass(slots=True)
class Looks:
    """How the page is at present: its language, what is called otherwise, and how it behaves."""

    language: str = "en"
    renamed: dict[str, str] = field(default_factory=dict)
    never_comes: bool = False  # the last button does nothing
    asks_for_cookies: bool = False  # over all of the page, until it is answered
    logs_out: int = 0  # milliseconds after which the page goes to the login by itself

    def words(self) -> Mapping[str, str]:
        return {**WORDS[self.language], **self.renamed}


def page(looks: Looks, handle: str) -> bytes:
    """The page of one account."""
    words = {name: html.escape(word) for name, word in looks.words().items()}
    tabs = "".join(f'<button role="tab" data-tab="{tab}" aria-selected="false">{words[tab]}</button>' for tab in TABS)
    options = "".join(f'<div role="option" data-days="{days}">{words[days]}</div>' for days in RANGES)
    script = _SCRIPT % {"behaves": _json(never_comes=looks.never_comes, logs_out=looks.logs_out)}
    shown = {name: words[name] for name in ("title", "apply", "download_data", "heading", "xlsx", "csv", "confirm")}
    text = _PAGE.format(
        language=looks.language,
        tabs=tabs,
        options=options,
        first=words["7"],
        start=words["from"],
        end=words["to"],
        handle=html.escape(handle),
        script=script,
        banner=_BANNER.format(decline=words["decline"]) if looks.asks_for_cookies else "",
        **shown,
    )
    return text.encode()


def _json(**values: Any) -> str:
    return json.dumps(values)
