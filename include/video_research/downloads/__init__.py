"""From an address to a proved file: yt-dlp's own extractor in a process aside, and a reason for whatever does not come."""
