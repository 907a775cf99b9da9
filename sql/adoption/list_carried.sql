-- What the migrations drop of the original tables and is given back to them at the end; one row per thing, in the order in which
-- it is made: what it is, the statement, and for an index its name, which stands between statement and ending.
with
originals as (
    select
        classes.*,
        classes.relname = 'creator_stats' as is_remade
    from pg_class as classes
    where classes.oid in (to_regclass('creators'), to_regclass('creator_stats'), to_regclass('daily_trends'))
),

columns as (
    select
        attributes.*,
        originals.relname,
        originals.relowner,
        originals.is_remade,
        -- Columns of the owner's own with a name of ours are found again as <name>_original.
        quote_ident(
            attributes.attname
            || case
                when originals.is_remade and attributes.attname in ('compared_with', 'observed_at', 'origin', 'is_estimated')
                    then '_original'
                else ''
            end
        ) as later_name,
        -- The columns that keys made anew are about, or that are gone.
        (originals.relname = 'creator_stats' and attributes.attname = 'id') as is_dropped,
        (originals.relname, attributes.attname::text) in (
            ('creators', 'user_id'), ('creators', 'handle'), ('creators', 'nickname'),
            ('daily_trends', 'trend_keyword'), ('daily_trends', 'discovered_at'), ('daily_trends', 'rank')
        ) as is_ours
    from originals
    inner join pg_attribute as attributes on originals.oid = attributes.attrelid
    where attributes.attnum > 0 and not attributes.attisdropped
),

carried (place, thing, statement, index_name, ending) as (
    -- Until the new keys are there, published tables say with whole rows what was changed in them (include/adoption.py).
    select
        0,
        'the replica identity of ' || originals.relname,
        format(
            'alter table %I replica identity %s',
            originals.relname,
            case originals.relreplident when 'f' then 'full' when 'n' then 'nothing' else 'default' end
        ),
        null::text,
        ''
    from originals
    where not originals.is_remade
    union all
    select
        1,
        'the default of the column ' || columns.later_name || ' of ' || columns.relname,
        format(
            'alter table %I alter column %s set default %s',
            columns.relname, columns.later_name, pg_get_expr(defaults.adbin, defaults.adrelid)
        ),
        null,
        ''
    from columns
    inner join pg_attrdef as defaults on columns.attrelid = defaults.adrelid and columns.attnum = defaults.adnum
    where
        columns.attgenerated = ''
        and (
            (columns.relname, columns.attname::text) in (('creators', 'last_updated_at'), ('daily_trends', 'discovered_at'))
            or (
                columns.is_remade
                and columns.attname not in ('id', 'daily_growth_followers', 'daily_growth_percent')
            )
        )
    union all
    select
        2,
        'the check ' || quote_ident(constraints.conname) || ' of ' || originals.relname,
        format(
            'alter table %I add constraint %I %s',
            originals.relname, constraints.conname, pg_get_constraintdef(constraints.oid)
        ),
        null,
        ''
    from originals
    inner join pg_constraint as constraints on originals.oid = constraints.conrelid
    where constraints.contype = 'c' and originals.relname <> 'creators'
    union all
    -- Unique ones about the owner's own columns alone; those about ours became ours, or are refused before.
    select
        3,
        'the index ' || indexes.indexrelid::regclass::text || ' of ' || originals.relname,
        case when indexes.indisunique then 'create unique index ' else 'create index ' end,
        classes.relname,
        -- The name stands before ' ON ' and may hold anything.
        substr(
            pg_get_indexdef(indexes.indexrelid),
            strpos(pg_get_indexdef(indexes.indexrelid), quote_ident(classes.relname) || ' ON ')
            + length(quote_ident(classes.relname))
        )
    from originals
    inner join pg_index as indexes on originals.oid = indexes.indrelid
    inner join pg_class as classes on indexes.indexrelid = classes.oid
    where
        case originals.relname
            when 'creator_stats' then not indexes.indisunique
            when 'daily_trends'
                then
                    not indexes.indisunique
                    or not exists (
                        select from columns
                        where
                            columns.attrelid = originals.oid
                            and columns.attnum = any(indexes.indkey::smallint [])
                            and columns.is_ours
                    )
            else
                indexes.indisprimary
                and not exists (
                    select from columns
                    where
                        columns.attrelid = originals.oid
                        and columns.attnum = any(indexes.indkey::smallint [])
                        and columns.is_ours
                )
        end
    union all
    select
        4,
        'the foreign key ' || quote_ident(constraints.conname) || ' of ' || originals.relname,
        format(
            'alter table %I add constraint %I %s',
            originals.relname, constraints.conname, pg_get_constraintdef(constraints.oid)
        ),
        null,
        ''
    from originals
    inner join pg_constraint as constraints on originals.oid = constraints.conrelid
    where
        constraints.contype = 'f'
        and not (originals.is_remade and constraints.confrelid = to_regclass('creators'))
    union all
    select
        5,
        'the comment on the column ' || columns.later_name || ' of ' || columns.relname,
        format('comment on column %I.%s is %L', columns.relname, columns.later_name, comments.description),
        null,
        ''
    from columns
    inner join pg_description as comments
        on
            columns.attrelid = comments.objoid
            and comments.classoid = 'pg_class'::regclass
            and columns.attnum = comments.objsubid
    where columns.is_remade and not columns.is_dropped
    union all
    select
        6,
        'the comment on ' || originals.relname,
        format('comment on table %I is %L', originals.relname, comments.description),
        null,
        ''
    from originals
    inner join pg_description as comments
        on originals.oid = comments.objoid and comments.classoid = 'pg_class'::regclass and comments.objsubid = 0
    union all
    -- Rights on the whole table are given by 0006, but not the right to pass them on, nor those that newer servers know.
    select
        7,
        'rights on ' || originals.relname,
        format(
            'grant %s on %I to %s%s',
            rights.privilege_type,
            originals.relname,
            case rights.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(rights.grantee)) end,
            case when rights.is_grantable then ' with grant option' else '' end
        ),
        null,
        ''
    from originals
    cross join lateral aclexplode(originals.relacl) as rights
    where
        originals.is_remade
        and rights.grantee <> originals.relowner
        and (
            rights.is_grantable
            or rights.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'TRIGGER', 'TRUNCATE')
        )
        and not coalesce(pg_get_userbyid(rights.grantee) in ('anon', 'authenticated'), false)
    union all
    select
        8,
        'rights on the column ' || columns.later_name || ' of ' || columns.relname,
        format(
            'grant %s (%s) on %I to %s%s',
            rights.privilege_type,
            columns.later_name,
            columns.relname,
            case rights.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(rights.grantee)) end,
            case when rights.is_grantable then ' with grant option' else '' end
        ),
        null,
        ''
    from columns
    cross join lateral aclexplode(columns.attacl) as rights
    where
        columns.is_remade
        and not columns.is_dropped
        and not coalesce(pg_get_userbyid(rights.grantee) in ('anon', 'authenticated'), false)
)

select
    carried.thing,
    carried.statement,
    carried.index_name,
    carried.ending
from carried
order by carried.place, carried.thing, carried.statement;
