-- Locks a creator as the pipeline does, before anything else of theirs; one row if they are on the roster.
-- Parameters: user_id text.
select creators.user_id
from creators
where creators.user_id = %(user_id)s::text
for update;
