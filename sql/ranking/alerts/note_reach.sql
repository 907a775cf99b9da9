-- Notes how many of its saved search a wish watches from now on; one row, or none where it watches that many already.
-- Parameters: wish_id bigint, reach int.
update alert_wishes as wishes
set reach = %(reach)s::integer
where wishes.wish_id = %(wish_id)s::bigint and wishes.reach <> %(reach)s::integer
returning wishes.wish_id;
