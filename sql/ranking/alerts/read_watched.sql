-- Whom a wish for stars, or for a status of the shortlist, watches; one row per creator. Parameters: wish_id bigint, most int.
select watched.user_id
from (
    select stars.user_id
    from alert_wishes as wishes
    inner join shortlist_stars as stars on wishes.reader = stars.reader
    where wishes.wish_id = %(wish_id)s::bigint and wishes.watched = 'stars'
    union all
    select kept.user_id
    from alert_wishes as wishes
    inner join shortlist as kept on wishes.status = kept.status
    where wishes.wish_id = %(wish_id)s::bigint and wishes.watched = 'status'
) as watched
order by watched.user_id
limit %(most)s::integer;
