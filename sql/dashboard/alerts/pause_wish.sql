-- Pauses a person's own wish, or lets it go on; one row, or none. Parameters: wish_id bigint, reader text, is_paused bool.
update alert_wishes as wishes
set is_paused = %(is_paused)s::boolean
where wishes.wish_id = %(wish_id)s::bigint and wishes.reader = %(reader)s::text
returning wishes.wish_id;
