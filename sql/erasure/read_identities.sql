-- What was noted of a person whose erasure was interrupted; one row, none for anybody else. Parameters: user_id text.
select
    under_way.sec_user_id,
    under_way.handles
from erasures_under_way as under_way
where under_way.user_id = %(user_id)s::text;
