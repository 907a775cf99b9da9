-- Makes room for the schema in a database that already has the original three tables; does nothing in a new one.
-- `creators` and `daily_trends` are converted where they stand, `creator_stats` is set aside for 0006 to copy.

create table adopted_leftovers (
    table_name text not null,
    row_data jsonb not null,
    reason text not null,
    kept_at timestamptz not null default now()
);
comment on table adopted_leftovers is
'Rows of the original tables that the new schema cannot hold, or holds with other growth; kept whole, never read by a pipeline';

-- Everything that would stop a later migration is found here, before anything is changed.
do $$
declare
    found record;
begin
    select taken.table_name into found
    from unnest(array[
        'handle_history', 'verdicts', 'runs', 'run_tasks', 'roll_call_batches', 'roll_call_misses', 'api_calls',
        'api_spend', 'rate_limits', 'forgotten_creators', 'erasures', 'creator_stats_original'
    ]) as taken (table_name)
    where to_regclass(taken.table_name) is not null
    limit 1;
    if found.table_name is not null then
        raise exception 'this database has a table "%" of its own, and Cometwatch needs that name. Rename it, or use another database or schema.', found.table_name;
    end if;
    for found in
        select required.table_name, required.column_name
        from (
            values
            ('creators', 'user_id'),
            ('daily_trends', 'trend_keyword'),
            ('daily_trends', 'discovered_at'),
            ('creator_stats', 'user_id'),
            ('creator_stats', 'recorded_date'),
            ('creator_stats', 'follower_count')
        ) as required (table_name, column_name)
        where to_regclass(required.table_name) is not null
            and not exists (
                select from pg_attribute
                where attrelid = to_regclass(required.table_name) and attname = required.column_name
                    and attnum > 0 and not attisdropped
            )
    loop
        raise exception 'the table "%" in this database has no column %: it is not Cometwatch''s. Use an empty database or schema.', found.table_name, found.column_name;
    end loop;
    for found in
        select distinct rules.ev_class::regclass::text as view_name
        from pg_depend as depends
        inner join pg_rewrite as rules on rules.oid = depends.objid
        where depends.classid = 'pg_rewrite'::regclass
            and depends.refclassid = 'pg_class'::regclass
            and depends.refobjid = to_regclass('creator_stats')
            and rules.ev_class <> depends.refobjid
    loop
        raise exception 'the view % rests on the table creator_stats, which is made anew. Save its definition, drop it, run setup again, then create it anew.', found.view_name;
    end loop;
    for found in
        select conname, conrelid::regclass::text as table_name
        from pg_constraint
        where contype = 'f' and confrelid = to_regclass('creator_stats')
            and conrelid <> all(
                array_remove(array[to_regclass('creators'), to_regclass('daily_trends'), to_regclass('creator_stats')], null)
            )
    loop
        raise exception 'the foreign key % of your table % points to creator_stats, which is made anew. Drop that key, then run setup again.', found.conname, found.table_name;
    end loop;
end $$;

do $$
declare
    found record;
begin
    -- Foreign keys between the originals hold on to the keys that are converted below.
    for found in
        select
            constraints.conname,
            constraints.conrelid::regclass as table_name
        from pg_constraint as constraints
        where constraints.contype = 'f'
            and constraints.conrelid in (to_regclass('creator_stats'), to_regclass('daily_trends'), to_regclass('creators'))
    loop
        execute format('alter table %s drop constraint %I', found.table_name, found.conname);
    end loop;
    -- Columns of the owner's own that have a name the schema needs keep their data under another one.
    for found in
        select
            attributes.attrelid::regclass as table_name,
            attributes.attname
        from pg_attribute as attributes
        inner join (
            values
            ('creators', 'sec_user_id'),
            ('creators', 'status'),
            ('creators', 'first_seen_on'),
            ('creators', 'first_seen_keyword'),
            ('creators', 'misses_in_row'),
            ('creators', 'last_missed_on'),
            ('creators', 'next_due_on'),
            ('daily_trends', 'fetched_at'),
            ('creator_stats', 'compared_with'),
            ('creator_stats', 'observed_at'),
            ('creator_stats', 'origin'),
            ('creator_stats', 'is_estimated')
        ) as needed (table_name, column_name)
            on attributes.attrelid = to_regclass(needed.table_name) and attributes.attname = needed.column_name
        where not attributes.attisdropped
    loop
        execute format('alter table %s rename column %I to %I', found.table_name, found.attname, found.attname || '_original');
    end loop;
end $$;

do $$
declare
    found record;
begin
    if to_regclass('creators') is null then
        return;
    end if;
    insert into adopted_leftovers (table_name, row_data, reason)
    select 'creators', to_jsonb(old), 'no user_id'
    from creators as old
    where old.user_id is null;
    delete from creators where user_id is null;
    insert into adopted_leftovers (table_name, row_data, reason)
    select 'creators', to_jsonb(old), 'the same user_id again'
    from creators as old
    where exists (
        select from creators as other
        where other.user_id::text = old.user_id::text and other.ctid > old.ctid
    );
    delete from creators as old
    using creators as other
    where other.user_id::text = old.user_id::text and other.ctid > old.ctid;

    -- A freed handle can belong to somebody else: a handle or nickname is no key.
    for found in
        select
            indexes.indexrelid::regclass::text as index_name,
            constraints.conname
        from pg_index as indexes
        left join pg_constraint as constraints
            on constraints.conindid = indexes.indexrelid and constraints.conrelid = indexes.indrelid
                and constraints.contype in ('p', 'u')
        where indexes.indrelid = to_regclass('creators') and indexes.indisunique
            and (
                -- The primary key is to be user_id alone.
                (
                    indexes.indisprimary
                    and indexes.indkey::text <> (
                        select attnum::text from pg_attribute where attrelid = indexes.indrelid and attname = 'user_id'
                    )
                )
                or substring(pg_get_indexdef(indexes.indexrelid) from ' USING .*') ~ '\m(handle|nickname)\M'
            )
    loop
        if found.conname is null then
            execute 'drop index ' || found.index_name;
        else
            execute format('alter table creators drop constraint %I', found.conname);
        end if;
    end loop;

    for found in
        select
            attributes.attname,
            attributes.atttypid::regtype::text as type_name
        from pg_attribute as attributes
        where attributes.attrelid = to_regclass('creators') and not attributes.attisdropped
            and attributes.attname in ('user_id', 'handle', 'nickname', 'avatar_url', 'signature', 'last_updated_at')
    loop
        if found.attname <> 'last_updated_at' then
            if found.type_name <> 'text' then
                execute format('alter table creators alter column %I type text', found.attname);
            end if;
        elsif found.type_name <> 'timestamp with time zone' then
            alter table creators alter column last_updated_at drop default;
            alter table creators alter column last_updated_at type timestamptz
            using last_updated_at::timestamp at time zone 'UTC';
        end if;
    end loop;

    if not exists (
        select from pg_index where indrelid = to_regclass('creators') and indisprimary
    ) then
        alter table creators add primary key (user_id);
    end if;
    -- What the API does not tell is NULL here, and columns of the owner's own are not filled by the pipeline.
    for found in
        select attributes.attname
        from pg_attribute as attributes
        where attributes.attrelid = to_regclass('creators') and attributes.attnotnull and not attributes.attisdropped
            and attributes.attnum > 0
            and attributes.attname <> 'user_id'
            and attributes.attidentity = ''
            and (
                not attributes.atthasdef
                or attributes.attname in ('handle', 'nickname', 'avatar_url', 'signature', 'last_updated_at')
            )
    loop
        execute format('alter table creators alter column %I drop not null', found.attname);
    end loop;

    -- An index of the owner's own may have the name that 0002 gives one.
    if to_regclass('creators_handle') is not null then
        alter index creators_handle rename to creators_handle_original;
    end if;
end $$;

do $$
declare
    found record;
    discovered_type text;
begin
    if to_regclass('daily_trends') is null then
        return;
    end if;
    select atttypid::regtype::text into discovered_type
    from pg_attribute
    where attrelid = to_regclass('daily_trends') and attname = 'discovered_at' and not attisdropped;
    alter table daily_trends add column fetched_at timestamptz;
    if discovered_type = 'timestamp without time zone' then
        update daily_trends set fetched_at = discovered_at at time zone 'UTC';
    elsif discovered_type = 'timestamp with time zone' then
        update daily_trends set fetched_at = discovered_at;
    end if;
    for found in
        select conname from pg_constraint where conrelid = to_regclass('daily_trends') and contype in ('u', 'p', 'c')
    loop
        execute format('alter table daily_trends drop constraint %I', found.conname);
    end loop;
    -- Whatever index rests on the old column types is rebuilt by the new key.
    for found in
        select indexrelid::regclass::text as index_name from pg_index where indrelid = to_regclass('daily_trends')
    loop
        execute 'drop index ' || found.index_name;
    end loop;
    alter table daily_trends alter column discovered_at drop default;
    if discovered_type in ('timestamp without time zone', 'timestamp with time zone') then
        alter table daily_trends alter column discovered_at type date using (fetched_at at time zone 'UTC')::date;
    elsif discovered_type <> 'date' then
        alter table daily_trends alter column discovered_at type date using discovered_at::text::date;
    end if;
    alter table daily_trends alter column trend_keyword type text;
    alter table daily_trends add column if not exists rank integer;
    insert into adopted_leftovers (table_name, row_data, reason)
    select 'daily_trends', to_jsonb(old), 'the same keyword and day again, or one of them missing'
    from daily_trends as old
    where old.trend_keyword is null
        or old.discovered_at is null
        or exists (
            select from daily_trends as other
            where other.trend_keyword = old.trend_keyword
                and other.discovered_at = old.discovered_at
                and (coalesce(other.rank, 2147483647), other.ctid) < (coalesce(old.rank, 2147483647), old.ctid)
        );
    delete from daily_trends as old
    where old.trend_keyword is null
        or old.discovered_at is null
        or exists (
            select from daily_trends as other
            where other.trend_keyword = old.trend_keyword
                and other.discovered_at = old.discovered_at
                and (coalesce(other.rank, 2147483647), other.ctid) < (coalesce(old.rank, 2147483647), old.ctid)
        );
    alter table daily_trends add primary key (discovered_at, trend_keyword);
    for found in
        select attributes.attname
        from pg_attribute as attributes
        where attributes.attrelid = to_regclass('daily_trends') and attributes.attnotnull and not attributes.attisdropped
            and attributes.attnum > 0
            and attributes.attname not in ('discovered_at', 'trend_keyword')
            and attributes.attidentity = ''
            and (not attributes.atthasdef or attributes.attname = 'rank')
    loop
        execute format('alter table daily_trends alter column %I drop not null', found.attname);
    end loop;
end $$;

do $$
declare
    found record;
begin
    if to_regclass('creator_stats') is null then
        return;
    end if;
    alter table creator_stats rename to creator_stats_original;
    -- The names of its key and indexes are wanted by the new table.
    for found in
        select indexrelid::regclass::text as index_name, row_number() over () as number
        from pg_index where indrelid = to_regclass('creator_stats_original')
    loop
        execute format('alter index %s rename to creator_stats_original_index_%s', found.index_name, found.number);
    end loop;
end $$;
