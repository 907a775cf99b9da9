-- Takes back what a person said of the check of a creator's growth; one row, or none where they said nothing of that day's.
-- Parameters: user_id text, made_by text, checked_on date.
delete from growth_labels
where
    user_id = %(user_id)s::text
    and made_by = %(made_by)s::text
    and checked_on = %(checked_on)s::date
returning user_id;
