-- How many rows of the ranking and its alerts name a person in what is said of somebody else; one row. Parameters: user_id text,
-- needles text[] (patterns of like, lower case), expression text.
select
    (
        select count(*)
        from standings
        where
            standings.user_id <> %(user_id)s::text
            and lower(standings.nickname collate ucs_basic) like any(%(needles)s::text [])
            and standings.nickname collate ucs_basic ~* %(expression)s::text
    ) as standing_texts,
    (
        select count(*)
        from alert_readers as readers
        where
            lower(readers.address collate ucs_basic) like any(%(needles)s::text [])
            and readers.address collate ucs_basic ~* %(expression)s::text
    ) as alert_addresses;
