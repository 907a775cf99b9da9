-- What was last said about a day on a channel; one row, none when nothing was. Parameters: day date, channel text.
select digests.fingerprint
from digests
where digests.day = %(day)s::date and digests.channel = %(channel)s::text;
