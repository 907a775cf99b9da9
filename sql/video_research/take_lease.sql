-- One of the free leases, or the holder's own; no row when all are taken. Parameters: holder text, slots int, seconds float8.
update research_leases as lease
set holder = %(holder)s::text, held_until = clock_timestamp() + make_interval(secs => %(seconds)s::float8)
where lease.slot = (
    select free.slot
    from research_leases as free
    where free.slot <= %(slots)s::integer and (free.held_until < clock_timestamp() or free.holder = %(holder)s::text)
    order by (free.holder = %(holder)s::text) desc nulls last, free.slot
    limit 1
    for update skip locked
)
returning lease.slot;
