-- A creator that was measured after all was not missed; one row out per miss removed. Parameters: day date, user_ids text[].
delete from roll_call_misses
where day = %(day)s::date and user_id = any(%(user_ids)s::text [])
returning user_id;
