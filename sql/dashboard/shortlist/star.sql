-- Stars a creator of the roster for one person; one row, or none where the star was there or nobody has this id.
-- Parameters: reader text, user_id text.
insert into shortlist_stars (reader, user_id)
select
    %(reader)s::text,
    creators.user_id
from creators
where creators.user_id = %(user_id)s::text
on conflict do nothing
returning user_id;
