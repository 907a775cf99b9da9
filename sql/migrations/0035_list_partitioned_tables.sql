-- The tables in monthly partitions are a list in the database: a new one adds its line, and functions name none any more.

create table partitioned_tables (
    table_name text primary key,
    day_column text not null
);
comment on table partitioned_tables is
'Tables partitioned by month, each with a partition <table>_default; housekeeping makes their months and moves what waits there';
comment on column partitioned_tables.day_column is 'The date that the table is partitioned by';

insert into partitioned_tables (table_name, day_column)
values ('api_calls', 'day'), ('creator_stats', 'recorded_date');

-- As in 0011, for each table of the list.
create or replace function make_partitions(first_day date, months integer) returns setof text
language plpgsql volatile
as $$
declare
    parent record;
    month_start date;
    partition_name text;
    public_role text;
begin
    perform pg_advisory_xact_lock(hashtext('cometwatch make_partitions'));
    for parent in select * from partitioned_tables order by partitioned_tables.table_name loop
        for step in 0..months loop
            month_start := (date_trunc('month', first_day) + make_interval(months => step))::date;
            partition_name := format('%s_%s', parent.table_name, to_char(month_start, 'YYYY_MM'));
            continue when to_regclass(quote_ident(partition_name)) is not null;
            execute format(
                'create table %I (like %I including defaults including constraints including storage)',
                partition_name, parent.table_name
            );
            execute format(
                'with moved as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning *) '
                || 'insert into %5$I select * from moved',
                parent.table_name || '_default', parent.day_column,
                month_start, (month_start + interval '1 month')::date, partition_name
            );
            execute format(
                'alter table %I attach partition %I for values from (%L) to (%L)',
                parent.table_name, partition_name, month_start, (month_start + interval '1 month')::date
            );
            -- Supabase gives these two roles rights on every new table.
            for public_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
                execute format('revoke all on table %I from %I', partition_name, public_role);
            end loop;
            return next partition_name;
        end loop;
    end loop;
end $$;

-- Rows that wait in a DEFAULT partition, with the first and last day of them; one row per table and month, without its beginning
-- for days that no calendar of ours holds.
create function stray_rows()
returns table (table_name text, month_start date, strays bigint, first_day text, last_day text)
language plpgsql stable
as $$
declare
    parent record;
begin
    for parent in select * from partitioned_tables order by partitioned_tables.table_name loop
        return query execute format(
            'select %1$L::text, months.month_start, count(*), min(months.day)::text, max(months.day)::text from ('
            || 'select %2$I as day, case when %2$I between date ''2010-01-01'' and date ''2099-12-31'''
            || ' then date_trunc(''month'', %2$I)::date end as month_start from %3$I'
            || ') as months group by months.month_start order by months.month_start',
            parent.table_name, parent.day_column, parent.table_name || '_default'
        );
    end loop;
end $$;

do $$
declare
    role_name text;
begin
    -- As in 0008: replacing a function forgets for whom it works.
    execute format(
        'alter function make_partitions(date, integer) security definer set search_path = %s, pg_temp',
        (select relnamespace::regnamespace::text from pg_class where oid = 'creator_stats'::regclass)
    );
    revoke execute on function stray_rows() from public;
    foreach role_name in array array['anon', 'authenticated'] loop
        continue when not exists (select from pg_roles where rolname = role_name);
        execute format('revoke all on table partitioned_tables from %I', role_name);
        execute format('revoke execute on function stray_rows() from %I', role_name);
    end loop;
    -- What the owner does for all tables of the list is not for the pipeline's role to choose.
    if exists (
        select from pg_roles
        where rolname = 'cometwatch'
            and oid <> (select relowner from pg_class where oid = 'partitioned_tables'::regclass)
    ) then
        revoke insert, update, delete on table partitioned_tables from cometwatch;
    end if;
end $$;
