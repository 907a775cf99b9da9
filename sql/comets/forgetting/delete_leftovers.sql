-- Removes a person from the rows set aside when an older database was adopted; one row out per row removed.
-- Parameters: user_id text, handles text[] (lower case).
delete from adopted_leftovers as leftovers
where
    leftovers.row_data ->> 'user_id' = %(user_id)s::text
    or (
        leftovers.row_data ->> 'user_id' is null
        and lower((leftovers.row_data ->> 'handle') collate ucs_basic) = any(%(handles)s::text [])
    )
returning leftovers.table_name;
