-- How many rows of the ranking name a person in the name of somebody else; one row. Parameters: user_id text, needles text[]
-- (patterns of like, lower case), expression text.
select
    (
        select count(*)
        from standings
        where
            standings.user_id <> %(user_id)s::text
            and lower(standings.nickname collate ucs_basic) like any(%(needles)s::text [])
            and standings.nickname collate ucs_basic ~* %(expression)s::text
    ) as standing_texts;
