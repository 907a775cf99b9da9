-- Notes what was said about a day on a channel; one row. Parameters: pipeline text, day date, channel text, fingerprint text.
insert into digests (pipeline, day, channel, fingerprint)
values (%(pipeline)s::text, %(day)s::date, %(channel)s::text, %(fingerprint)s::text)
on conflict (pipeline, day, channel) do update
    set fingerprint = excluded.fingerprint, sent_at = now()
returning day;
