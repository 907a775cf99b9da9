-- Nothing doubled: every partition has its valid primary key. Rows: partitions without one.
select partitions.inhrelid::regclass::text as violation
from pg_inherits as partitions
inner join pg_class on partitions.inhrelid = pg_class.oid and pg_class.relkind = 'r'
where
    partitions.inhparent in ('creator_stats'::regclass, 'api_calls'::regclass)
    and not exists (
        select from pg_index as keys
        where keys.indrelid = partitions.inhrelid and keys.indisprimary and keys.indisvalid
    );
