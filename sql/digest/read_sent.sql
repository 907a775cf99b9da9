-- What was last said about a day on a channel; one row, none when nothing was. Parameters: pipeline text, day date, channel text.
select digests.fingerprint
from digests
where digests.pipeline = %(pipeline)s::text and digests.day = %(day)s::date and digests.channel = %(channel)s::text;
