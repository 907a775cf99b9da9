-- The overrules of a creator, the latest first; one row each. Parameters: user_id text.
select overrules.*
from overrules
where overrules.user_id = %(user_id)s::text
order by overrules.made_at desc, overrules.overrule_id desc;
