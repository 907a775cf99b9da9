-- Removes a person's own wish, with what it told; one row, or none. Parameters: wish_id bigint, reader text.
delete from alert_wishes
where wish_id = %(wish_id)s::bigint and reader = %(reader)s::text
returning wish_id;
