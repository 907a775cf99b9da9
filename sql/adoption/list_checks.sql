-- The checks of the owner's own on the original tables; one row per check: its table, its name as SQL writes it, its condition.
select
    classes.relname::text as table_name,
    quote_ident(constraints.conname) as check_name,
    pg_get_expr(constraints.conbin, constraints.conrelid) as condition
from pg_class as classes
inner join pg_constraint as constraints on classes.oid = constraints.conrelid
where
    classes.oid in (to_regclass('creators'), to_regclass('creator_stats'), to_regclass('daily_trends'))
    and constraints.contype = 'c'
order by classes.relname, constraints.conname;
