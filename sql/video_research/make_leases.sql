-- As many leases as there are cores; no row. Parameters: slots int.
insert into research_leases (slot)
select slots.slot
from generate_series(1, %(slots)s::integer) as slots (slot)
on conflict do nothing;
