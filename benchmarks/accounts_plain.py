"""The plain way of `accounts_rows`, with pandas: the same ZIPs, the same layers, the same files at the end.

A script of its own, so that it runs in any Python that has pandas and pyarrow: `accounts_plain.py LANDING FOLDER`. It believes
every label and takes the year from the time inside the ZIP: what dating, provenance checks and refusals cost is not in it.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
import zipfile
from pathlib import Path

import pandas as pd

COUNTS = {
    "Total likes": "total_likes",
    "Total comments": "total_comments",
    "Total shares": "total_shares",
    "Total views": "total_views",
}
OWN = ["account", "video_id"]


def to_raw(landing: Path, folder: Path) -> list[Path]:
    """One NDJSON file a report, every value as the text it came in."""
    written = []
    for path in sorted(landing.glob("*.zip")):
        account = path.stem.split("_")[1]
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                data = archive.read(info)
                sha256 = hashlib.sha256(data).hexdigest()
                with archive.open(info) as file:
                    frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
                frame["_account"], frame["_report"], frame["_member_sha256"] = account, "content", sha256
                frame["_exported_at"] = "{}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*info.date_time)
                frame["_line"] = range(2, len(frame) + 2)
                target = folder / "raw" / account / f"content_{sha256[:8]}.ndjson"
                target.parent.mkdir(parents=True, exist_ok=True)
                frame.to_json(target, orient="records", lines=True, force_ascii=False)
                written.append(target)
    return written


def to_staging(account: Path, folder: Path) -> Path:
    """One row for each video and day, typed."""
    parts = [pd.read_json(path, orient="records", lines=True, dtype=False) for path in sorted(account.glob("*.ndjson"))]
    raw = pd.concat(parts, ignore_index=True)
    exported = pd.to_datetime(raw["_exported_at"])
    year = exported.dt.year.astype(str)
    frame = pd.DataFrame(
        {
            "account": raw["_account"],
            "video_id": raw["Video link"].str.extract(r"/video/(\d+)", expand=False),
            "snapshot_day": pd.to_datetime(raw["Time"] + " " + year, format="%B %d %Y"),
            "publish_date": pd.to_datetime(raw["Post time"] + " " + year, format="%B %d %Y"),
            "title": raw["Video title"].str.strip(),
            "link": raw["Video link"],
            "member": raw["_member_sha256"],
            "line": raw["_line"].astype(int),
            "exported_at": exported,
        }
    )
    for column, name in COUNTS.items():
        frame[name] = pd.to_numeric(raw[column].str.replace(",", ""), errors="coerce").astype("Int64")
    engaged = frame["total_likes"] + frame["total_comments"] + frame["total_shares"]
    frame["engagement_rate"] = (engaged / frame["total_views"]).where(frame["total_views"] > 0)
    frame["share_rate"] = (frame["total_shares"] / frame["total_views"]).where(frame["total_views"] > 0)
    frame["hashtags"] = frame["title"].str.lower().str.findall(r"#(\w+)")
    frame["mentions"] = frame["title"].str.lower().str.findall(r"@([\w.]+)")
    frame = frame.sort_values(["video_id", "snapshot_day", "exported_at"])
    frame = frame.drop_duplicates(["video_id", "snapshot_day"], keep="last")
    target = folder / "staging" / account.name / "videos.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(target, compression="zstd", index=False)
    return target


def to_curated(staged: list[Path], folder: Path) -> int:
    """The daily and the monthly file; returns the rows of the daily one."""
    videos = pd.concat([pd.read_parquet(path) for path in staged], ignore_index=True)
    videos = videos.sort_values([*OWN, "snapshot_day"])
    groups = videos.groupby(OWN, sort=False)
    daily = videos.assign(days=groups["snapshot_day"].diff().dt.days)
    for name in ("views", "likes", "comments", "shares"):
        daily[name] = groups[f"total_{name}"].diff()
    daily = daily.dropna(subset=["days"])
    daily["engagement_rate"] = ((daily["likes"] + daily["comments"] + daily["shares"]) / daily["views"]).where(
        daily["views"] > 0
    )
    for column, sign in (("hashtags", "#"), ("mentions", "@")):
        daily[column] = daily[column].map(lambda found, sign=sign: " ".join(sign + each for each in found))
    daily = daily.assign(completion_rate=None, sounds=None, favorites=None, average_watch_time=None)
    daily = daily.rename(columns={"snapshot_day": "date", "title": "video_title", "link": "video_link"})
    daily = daily.drop(columns=["member", "line", "exported_at", "share_rate"])
    daily.sort_values(["date", *OWN]).to_csv(folder / "video_performance_daily.csv", index=False)
    newest = videos.drop_duplicates(OWN, keep="last")
    newest = newest.assign(month=newest["publish_date"].dt.strftime("%Y-%m"))
    posts = newest.groupby(["account", "month"]).size().rename("posts")
    tags = newest.explode("hashtags").groupby(["account", "month", "hashtags"])["total_views"].sum().reset_index()
    tags = tags.sort_values(["account", "month", "total_views"], ascending=[True, True, False])
    top = tags.groupby(["account", "month"])["hashtags"].agg(
        lambda names: " ".join(f"#{name}" for name in names.head(5))
    )
    pd.concat([posts, top], axis=1).reset_index().to_csv(folder / "content_performance_monthly.csv", index=False)
    return len(daily)


def main() -> None:
    landing, folder = Path(sys.argv[1]), Path(sys.argv[2])
    began = time.perf_counter()
    to_raw(landing, folder)
    staged = [to_staging(account, folder) for account in sorted((folder / "raw").iterdir())]
    rows = to_curated(staged, folder)
    told = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time(),
        "kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "rows": rows,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
