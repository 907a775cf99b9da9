-- Keeps where a person is told their alerts; one row. Parameters: reader text, address text or null, on_webhook bool, day date.
insert into alert_readers (reader, address, on_webhook, seen_on)
values (%(reader)s::text, %(address)s::text, %(on_webhook)s::boolean, %(day)s::date)
on conflict (reader) do update set
    address = excluded.address,
    on_webhook = excluded.on_webhook,
    seen_on = excluded.seen_on
returning reader;
