-- Size of each table of ours with its partitions, largest first; one row per table. Rows are the planner's estimate.
with
tables as (
    select
        coalesce(parents.inhparent, classes.oid) as table_oid,
        classes.oid,
        classes.relkind,
        greatest(classes.reltuples, 0) as live_rows
    from pg_class as classes
    left join pg_inherits as parents on classes.oid = parents.inhrelid
    where
        classes.relnamespace = (select own.relnamespace from pg_class as own where own.oid = 'creator_stats'::regclass)
        and classes.relkind in ('r', 'p')
)

select
    tables.table_oid::regclass::text as table_name,
    count(*) filter (where tables.oid <> tables.table_oid)::integer as partitions,
    coalesce(sum(tables.live_rows) filter (where tables.relkind = 'r'), 0)::bigint as live_rows,
    coalesce(sum(statistics.n_dead_tup), 0)::bigint as dead_rows,
    coalesce(sum(pg_total_relation_size(tables.oid)) filter (where tables.relkind = 'r'), 0)::bigint as bytes
from tables
left join pg_stat_user_tables as statistics on tables.oid = statistics.relid
group by tables.table_oid
order by bytes desc, table_name;
