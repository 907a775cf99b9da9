-- Takes away the addresses of alerts that name a person: blanked, they would lead nowhere; one row out per reader.
-- Parameters: needles text[] (patterns of like, lower case), expression text.
update alert_readers as readers
set address = null
where
    lower(readers.address collate ucs_basic) like any(%(needles)s::text [])
    and readers.address collate ucs_basic ~* %(expression)s::text
returning readers.reader;
