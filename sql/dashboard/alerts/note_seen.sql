-- Notes that a person with alerts was let in on a day; one row, none where that is known. Parameters: reader text, day date.
update alert_readers as readers
set seen_on = %(day)s::date
where readers.reader = %(reader)s::text and readers.seen_on < %(day)s::date
returning readers.reader;
