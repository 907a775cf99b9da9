-- Locks the given creators until the end of the transaction, in one order for everybody. Parameters: user_ids text[].
select creators.user_id
from creators
where creators.user_id = any(%(user_ids)s::text [])
order by creators.user_id
for no key update;
