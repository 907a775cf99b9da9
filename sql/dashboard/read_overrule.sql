-- One overrule; one row or none. Parameters: overrule_id bigint.
select overrules.*
from overrules
where overrules.overrule_id = %(overrule_id)s::bigint;
