-- Takes one person's star from a creator; one row, or none where there was none. Parameters: reader text, user_id text.
delete from shortlist_stars
where
    reader = %(reader)s::text
    and user_id = %(user_id)s::text
returning user_id;
