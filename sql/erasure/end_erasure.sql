-- Forgets who was being erased, once nothing about them is left; one row out if they were noted. Parameters: user_id text.
delete from erasures_under_way
where user_id = %(user_id)s::text
returning began_at;
