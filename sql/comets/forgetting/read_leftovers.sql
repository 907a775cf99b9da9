-- Rows set aside when an older database was adopted that are about others and may name a person; one row each, with a place that
-- holds within the transaction. Parameters: user_id text, handles text[] (lower case), word_needles text[] (patterns of like,
-- lower case).
select
    leftovers.ctid::text as place,
    leftovers.row_data,
    leftovers.reason
from adopted_leftovers as leftovers
where
    lower(concat_ws(' ', leftovers.row_data::text, leftovers.reason) collate ucs_basic) like any(%(word_needles)s::text [])
    and leftovers.row_data ->> 'user_id' is distinct from %(user_id)s::text
    and (
        leftovers.row_data ->> 'user_id' is not null
        or leftovers.row_data ->> 'handle' is null
        or lower((leftovers.row_data ->> 'handle') collate ucs_basic) <> all(%(handles)s::text [])
    )
order by leftovers.ctid
for update;
