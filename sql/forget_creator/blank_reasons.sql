-- Blanks a person's id where somebody else's failed look tells of it; one row out per line changed.
-- Parameters: user_id text, blank text.
update roll_call_misses as misses
set reason = replace(misses.reason, %(user_id)s::text, %(blank)s::text)
where position(%(user_id)s::text in misses.reason) > 0
returning misses.day;
