-- Gives a lease back, or keeps it for so many seconds more; no row. Parameters: holder text, seconds float8 (0: give back).
update research_leases
set held_until = clock_timestamp() + make_interval(secs => %(seconds)s::float8)
where holder = %(holder)s::text;
