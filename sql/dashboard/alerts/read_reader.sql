-- Where a person is told their alerts; one row, or none. Parameters: reader text.
select
    readers.address,
    readers.on_webhook,
    readers.seen_on
from alert_readers as readers
where readers.reader = %(reader)s::text;
