-- Notes what was said about a day on a channel; one row. Parameters: day date, channel text, fingerprint text.
insert into digests (day, channel, fingerprint)
values (%(day)s::date, %(channel)s::text, %(fingerprint)s::text)
on conflict (day, channel) do update
    set fingerprint = excluded.fingerprint, sent_at = now()
returning day;
