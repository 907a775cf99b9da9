-- How rows that are written again and again lie on disk: answers as they come, creators with room for their next day.

-- Answers are deflated before they come; to try once more took the server as long as writing them.
alter table api_calls alter column answer set storage external;

-- Every creator's row is written anew every day. On a page that is half empty the new row finds room beside the old one, and
-- no index hears of it. Full pages that are there already become half empty as their rows move.
alter table creators set (fillfactor = 50);

-- As in 0005, and new partitions store as their parent does.
create or replace function make_partitions(first_day date, months integer) returns setof text
language plpgsql volatile
as $$
declare
    parent text;
    key_column text;
    month_start date;
    partition_name text;
    public_role text;
begin
    perform pg_advisory_xact_lock(hashtext('cometwatch make_partitions'));
    foreach parent in array array['creator_stats', 'api_calls'] loop
        key_column := case parent when 'creator_stats' then 'recorded_date' else 'day' end;
        for step in 0..months loop
            month_start := (date_trunc('month', first_day) + make_interval(months => step))::date;
            partition_name := format('%s_%s', parent, to_char(month_start, 'YYYY_MM'));
            continue when to_regclass(partition_name) is not null;
            execute format(
                'create table %I (like %I including defaults including constraints including storage)',
                partition_name, parent
            );
            execute format(
                'with moved as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning *) '
                || 'insert into %5$I select * from moved',
                parent || '_default', key_column, month_start, (month_start + interval '1 month')::date, partition_name
            );
            execute format(
                'alter table %I attach partition %I for values from (%L) to (%L)',
                parent, partition_name, month_start, (month_start + interval '1 month')::date
            );
            -- Supabase gives these two roles rights on every new table.
            for public_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
                execute format('revoke all on table %I from %I', partition_name, public_role);
            end loop;
            return next partition_name;
        end loop;
    end loop;
end $$;

do $$
begin
    -- As in 0008: replacing a function forgets for whom it works.
    execute format(
        'alter function make_partitions(date, integer) security definer set search_path = %s, pg_temp',
        (select relnamespace::regnamespace::text from pg_class where oid = 'creator_stats'::regclass)
    );
end $$;
