-- Takes a person out of whom saved searches began with; one row out per look changed. Parameters: user_id text.
update saved_search_looks as looks
set user_ids = array_remove(looks.user_ids, %(user_id)s::text)
where looks.user_ids @> array[%(user_id)s::text]
returning looks.search_id;
