-- Keeps a wish of a person; one row, or none: the saved search is not theirs to see. Parameters: reader text, watched text,
-- status text or null, search_id bigint or null, grown_1 numeric or null, grown_7 numeric or null, followers bigint or null,
-- silent_days int or null, bought bool, newcomers bool, day date.
insert into alert_wishes (
    reader, watched, status, search_id, grown_1, grown_7, followers, silent_days, bought, newcomers, made_on
)
select
    %(reader)s::text,
    %(watched)s::text,
    %(status)s::text,
    %(search_id)s::bigint,
    %(grown_1)s::numeric,
    %(grown_7)s::numeric,
    %(followers)s::bigint,
    %(silent_days)s::integer,
    %(bought)s::boolean,
    %(newcomers)s::boolean,
    %(day)s::date
where
    %(search_id)s::bigint is null
    or exists (
        select from saved_searches as saved
        where saved.search_id = %(search_id)s::bigint and (saved.owner = %(reader)s::text or saved.is_shared)
    )
returning wish_id;
