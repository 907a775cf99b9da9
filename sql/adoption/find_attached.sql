-- What hangs on the original tables and would be lost, or would stop a migration; one row per thing: what it is, and what to do
-- about it. Nothing is carried over from creator_stats but columns, rights, defaults, comments, checks and plain indexes
-- (adoption/list_carried), for that table is made anew; the other two stand where they are.
with
originals as (
    select
        classes.*,
        classes.relname = 'creator_stats' as is_remade,
        -- For 'alter table …' in what is to be done.
        classes.oid::regclass::text as called
    from pg_class as classes
    where classes.oid in (to_regclass('creators'), to_regclass('creator_stats'), to_regclass('daily_trends'))
),

-- Our columns, and the type with which one is left as it is; NULL: it is altered in any case.
needed (table_name, column_name, kept_type) as (
    values
    ('creators', 'user_id', 'text'),
    ('creators', 'handle', 'text'),
    ('creators', 'nickname', 'text'),
    ('creators', 'avatar_url', 'text'),
    ('creators', 'signature', 'text'),
    ('creators', 'last_updated_at', 'timestamp with time zone'),
    ('daily_trends', 'trend_keyword', null),
    ('daily_trends', 'discovered_at', 'date'),
    ('daily_trends', 'rank', 'integer'),
    ('creator_stats', 'user_id', 'text'),
    ('creator_stats', 'recorded_date', 'date'),
    ('creator_stats', 'follower_count', 'bigint'),
    ('creator_stats', 'heart_count', 'bigint'),
    ('creator_stats', 'video_count', 'bigint'),
    ('creator_stats', 'daily_growth_followers', 'bigint'),
    ('creator_stats', 'daily_growth_percent', 'numeric'),
    ('creator_stats', 'source_trend', 'text')
),

columns as (
    select
        attributes.*,
        originals.called,
        originals.is_remade,
        originals.relname,
        needed.column_name is not null as is_ours,
        needed.column_name is not null and coalesce(needed.kept_type, '') <> attributes.atttypid::regtype::text as is_altered
    from originals
    inner join pg_attribute as attributes on originals.oid = attributes.attrelid
    left join needed on originals.relname = needed.table_name and attributes.attname = needed.column_name
    where attributes.attnum > 0 and not attributes.attisdropped
),

-- Whatever PostgreSQL itself knows to rest on a table, on its rows as a type, or on a column that is altered.
resting as (
    select distinct
        depends.classid,
        depends.objid,
        depends.objsubid,
        originals.oid as table_oid,
        originals.called,
        originals.is_remade
    from originals
    inner join pg_depend as depends
        on
            (
                originals.oid = depends.refobjid
                and depends.refclassid = 'pg_class'::regclass
                and (
                    originals.is_remade
                    or depends.refobjsubid in (
                        select columns.attnum from columns where columns.attrelid = originals.oid and columns.is_altered
                    )
                )
            )
            or (
                depends.refclassid = 'pg_type'::regclass
                and (
                    originals.reltype = depends.refobjid
                    or depends.refobjid = (select types.typarray from pg_type as types where types.oid = originals.reltype)
                )
                -- Functions go on with a table that stands; another table's column keeps it from being altered.
                and (originals.is_remade or depends.classid = 'pg_class'::regclass)
            )
    where
        depends.deptype in ('n', 'a', 'i')
        -- These are made anew with the column's type.
        and (originals.is_remade or depends.classid <> 'pg_statistic_ext'::regclass)
        -- Its own type, its own defaults, and what is said of constraints, keys and rules below.
        and depends.classid not in ('pg_type'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass)
        and not (
            depends.classid = 'pg_class'::regclass
            and exists (
                select from pg_class as own
                where own.oid = depends.objid and own.relkind in ('i', 'I', 't', 'S')
            )
        )
        and not exists (
            select from pg_trigger as internal
            where depends.classid = 'pg_trigger'::regclass and internal.oid = depends.objid and internal.tgisinternal
        )
),

keys as (
    select
        indexes.indexrelid,
        indexes.indrelid,
        originals.called,
        originals.relname,
        indexes.indexrelid::regclass::text as index_name,
        constraints.conname,
        (
            select coalesce(array_agg(columns.attname::text order by columns.attname), '{}')
            from columns
            where columns.attrelid = indexes.indrelid and columns.attnum = any(indexes.indkey::smallint [])
        ) as column_names,
        0 = any(indexes.indkey::smallint []) as has_expressions,
        exists(
            select from columns
            where columns.attrelid = indexes.indrelid and columns.attnum = any(indexes.indkey::smallint []) and columns.is_ours
        ) as has_ours
    from originals
    inner join pg_index as indexes on originals.oid = indexes.indrelid
    left join pg_constraint as constraints
        on indexes.indexrelid = constraints.conindid and indexes.indrelid = constraints.conrelid
    where indexes.indisunique
),

found (thing, advice) as (
    select
        case originals.relkind
            when 'v' then 'the view '
            when 'm' then 'the materialized view '
            when 'f' then 'the foreign table '
            when 'p' then 'the partitioned table '
            else 'what is called '
        end || originals.called,
        'Cometwatch needs an ordinary table of that name: rename yours, or copy it into an ordinary table'
    from originals
    where originals.relkind <> 'r'
    union all
    select
        'the schema of ' || originals.called || ', ' || originals.relnamespace::regnamespace::text,
        'new tables would be made in ' || current_schema() || ': set search_path to the schema of your tables for this role'
    from originals
    where originals.relnamespace::regnamespace::text <> quote_ident(current_schema())
    union all
    select
        'the inheritance of ' || inherits.inhrelid::regclass::text || ' from ' || inherits.inhparent::regclass::text,
        format('alter table %s no inherit %s', inherits.inhrelid::regclass, inherits.inhparent::regclass)
    from pg_inherits as inherits
    where
        inherits.inhrelid in (select originals.oid from originals)
        or inherits.inhparent in (select originals.oid from originals)
    union all
    select
        'the type of ' || originals.called || ', ' || originals.reloftype::regtype::text,
        format('alter table %s not of', originals.called)
    from originals
    where originals.reloftype <> 0
    union all
    select
        'the extension ' || quote_ident(extensions.extname) || ', to which ' || originals.called || ' belongs',
        format('alter extension %I drop table %s', extensions.extname, originals.called)
    from originals
    inner join pg_depend as depends
        on originals.oid = depends.objid and depends.classid = 'pg_class'::regclass and depends.deptype = 'e'
    inner join pg_extension as extensions on depends.refobjid = extensions.oid
    union all
    select
        'the row security of ' || originals.called
        || case when originals.relforcerowsecurity then ', which holds for its owner too' else '' end,
        case
            when originals.is_remade
                then
                    format(
                        'it would not hold on the new table''s partitions: revoke from roles what they may not see, then '
                        || 'alter table %s disable row level security',
                        originals.called
                    )
                    || case
                        when originals.relforcerowsecurity
                            then format('; alter table %s no force row level security', originals.called)
                        else ''
                    end
            else format('it hides rows from Cometwatch: alter table %s no force row level security', originals.called)
        end
    from originals
    where originals.relforcerowsecurity or (originals.relrowsecurity and originals.is_remade)
    union all
    select
        case
            when rules.rulename = '_RETURN' and views.relkind = 'm'
                then 'the materialized view ' || rules.ev_class::regclass::text
            when rules.rulename = '_RETURN' then 'the view ' || rules.ev_class::regclass::text
            else pg_describe_object(resting.classid, resting.objid, resting.objsubid)
        end || ', which rests on ' || resting.called,
        'save its definition and drop it; create it anew afterwards'
    from resting
    inner join pg_rewrite as rules on resting.objid = rules.oid and resting.classid = 'pg_rewrite'::regclass
    inner join pg_class as views on rules.ev_class = views.oid
    where rules.ev_class <> resting.table_oid
    union all
    select
        'the rule ' || quote_ident(rules.rulename) || ' on ' || originals.called,
        format('drop rule %I on %s', rules.rulename, originals.called)
    from originals
    inner join pg_rewrite as rules on originals.oid = rules.ev_class
    where rules.rulename <> '_RETURN'
    union all
    select
        pg_describe_object(resting.classid, resting.objid, resting.objsubid)
        || case when resting.classid = 'pg_proc'::regclass then ', which rests on ' || resting.called else '' end,
        case
            when resting.classid = 'pg_publication_rel'::regclass
                then
                    'take the table out (alter publication … drop table ' || resting.called
                    || '), and decide afterwards what is to be published'
            else 'save its definition and drop it; create it anew afterwards'
        end
    from resting
    where resting.classid <> 'pg_rewrite'::regclass
    union all
    select
        'what is published of the columns or rows of ' || originals.called,
        'take the table out of the publication, and add it anew afterwards'
    from originals
    inner join pg_publication_rel as published on originals.oid = published.prrelid
    where
        not originals.is_remade
        and (to_jsonb(published.*) ->> 'prattrs' is not null or to_jsonb(published.*) ->> 'prqual' is not null)
    union all
    select
        'the foreign key ' || quote_ident(constraints.conname) || ' of your table ' || constraints.conrelid::regclass::text
        || ' to ' || originals.called,
        format(
            'its key is made anew%s: alter table %s drop constraint %I',
            case when referencing.is_number then ', as text' else '' end,
            constraints.conrelid::regclass,
            constraints.conname
        )
    from originals
    inner join pg_constraint as constraints on originals.oid = constraints.confrelid and constraints.contype = 'f'
    cross join lateral (
        -- Of a type that does not compare with text, which the ids become.
        select coalesce(bool_or(types.typcategory <> 'S'), false) as is_number
        from pg_attribute as attributes
        inner join pg_type as types on attributes.atttypid = types.oid
        where
            attributes.attrelid = constraints.conrelid
            and attributes.attnum = any(constraints.conkey)
            and originals.relname = 'creators'
            and constraints.confkey = (
                select array[columns.attnum]
                from columns
                where columns.attrelid = originals.oid and columns.attname = 'user_id'
            )
    ) as referencing
    where
        constraints.conrelid not in (select each.oid from originals as each)
        and (
            originals.relname <> 'creators'
            or referencing.is_number
            or constraints.confkey <> (
                select array[columns.attnum]
                from columns
                where columns.attrelid = originals.oid and columns.attname = 'user_id'
            )
        )
    union all
    -- Creators of snapshots are looked up by user_id anyway; other keys are carried over where they are about own columns.
    select
        'the foreign key ' || quote_ident(constraints.conname) || ' of ' || originals.called,
        format(
            'Cometwatch could not write its rows: alter table %s drop constraint %I', originals.called, constraints.conname
        )
    from originals
    inner join pg_constraint as constraints on originals.oid = constraints.conrelid and constraints.contype = 'f'
    where
        not (originals.is_remade and constraints.confrelid = to_regclass('creators'))
        and (
            constraints.confrelid in (select each.oid from originals as each where each.relname <> 'creators')
            or exists (
                select from columns
                where columns.attrelid = originals.oid and columns.attnum = any(constraints.conkey) and columns.is_ours
            )
        )
    union all
    select
        'the constraint ' || quote_ident(constraints.conname) || ' of ' || originals.called,
        format('alter table %s drop constraint %I', originals.called, constraints.conname)
    from originals
    inner join pg_constraint as constraints on originals.oid = constraints.conrelid
    where constraints.contype = 'x'
    union all
    select
        'the unique index ' || keys.index_name || ' on ' || keys.called,
        case
            when keys.conname is null then 'it would refuse rows of Cometwatch''s: drop index ' || keys.index_name
            else format('it would refuse rows of Cometwatch''s: alter table %s drop constraint %I', keys.called, keys.conname)
        end
    from keys
    where
        case keys.relname
            when 'creator_stats'
                then keys.has_expressions or not keys.column_names <@ array['id', 'user_id', 'recorded_date']
            when 'daily_trends'
                then keys.has_ours and not keys.column_names <@ array['id', 'trend_keyword', 'discovered_at']
            else false
        end
    union all
    select
        'the generated column ' || quote_ident(columns.attname) || ' of ' || columns.called,
        format(
            'alter table %s alter column %I drop expression (its values stay), or drop it and add it anew afterwards',
            columns.called, columns.attname
        )
    from columns
    where columns.attgenerated <> ''
    union all
    select
        'the identity of the column ' || quote_ident(columns.attname) || ' of ' || columns.called,
        format('alter table %s alter column %I drop identity', columns.called, columns.attname)
    from columns
    where columns.attidentity <> '' and columns.is_remade and columns.attname <> 'id'
    union all
    select
        'the sequence ' || depends.objid::regclass::text || ' of the column ' || quote_ident(columns.attname) || ' of '
        || columns.called,
        format('alter sequence %s owned by none', depends.objid::regclass)
    from columns
    inner join pg_depend as depends
        on
            columns.attrelid = depends.refobjid
            and depends.refclassid = 'pg_class'::regclass
            and columns.attnum = depends.refobjsubid
            and depends.classid = 'pg_class'::regclass
            and depends.deptype = 'a'
    inner join pg_class as sequences on depends.objid = sequences.oid and sequences.relkind = 'S'
    where columns.is_remade and columns.attname <> 'id'
    union all
    select
        'the collation of the column ' || quote_ident(columns.attname) || ' of ' || columns.called || ', '
        || columns.attcollation::regcollation::text,
        format(
            'alter table %s alter column %I type %s collate "default"',
            columns.called, columns.attname, format_type(columns.atttypid, columns.atttypmod)
        )
    from columns
    inner join pg_type as types on columns.atttypid = types.oid
    where
        columns.attcollation <> types.typcollation
        and columns.attcollation <> 0
        and (columns.is_ours or columns.is_remade)
    union all
    select
        'the replica identity of ' || originals.called,
        format('alter table %s replica identity default', originals.called)
    from originals
    where originals.relreplident = 'i' or (originals.is_remade and originals.relreplident <> 'd')
    union all
    select
        'the tablespace of ' || originals.called,
        format('alter table %s set tablespace pg_default', originals.called)
    from originals
    where originals.is_remade and originals.reltablespace <> 0
    union all
    select
        'the storage parameters of ' || originals.called || ', ' || array_to_string(originals.reloptions, ', '),
        format(
            'a partitioned table has none: alter table %s reset (%s)',
            originals.called,
            (select string_agg(split_part(options.option, '=', 1), ', ') from unnest(originals.reloptions) as options (option))
        )
    from originals
    where originals.is_remade and originals.reloptions is not null
    union all
    select
        'what is not logged of ' || originals.called,
        'a crash would empty it: alter table ' || originals.called || ' set logged'
    from originals
    where originals.relpersistence <> 'p'
    union all
    select
        'the security label of ' || originals.called || ' by ' || labels.provider,
        format('security label for %I on table %s is null', labels.provider, originals.called)
    from originals
    inner join pg_seclabel as labels on originals.oid = labels.objoid and labels.classoid = 'pg_class'::regclass
    where originals.is_remade
)

select distinct
    found.thing,
    found.advice
from found
order by found.thing;
