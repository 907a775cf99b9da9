-- Changes what a person's own wish asks; one row, or none. Parameters: wish_id bigint, reader text, grown_1 numeric or null,
-- grown_7 numeric or null, followers bigint or null, silent_days int or null, bought bool, newcomers bool (of a saved search
-- alone).
update alert_wishes as wishes
set
    grown_1 = %(grown_1)s::numeric,
    grown_7 = %(grown_7)s::numeric,
    followers = %(followers)s::bigint,
    silent_days = %(silent_days)s::integer,
    bought = %(bought)s::boolean,
    newcomers = %(newcomers)s::boolean
where wishes.wish_id = %(wish_id)s::bigint and wishes.reader = %(reader)s::text
returning wishes.wish_id;
