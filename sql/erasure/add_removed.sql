-- Adds to what an erasure has removed, as it removes it, so that a retry forgets nothing; one row.
-- Parameters: erasure_id bigint, removed jsonb (table name: rows).
update erasures
set
    removed = (
        select coalesce(jsonb_object_agg(parts.name, parts.total), '{}'::jsonb)
        from (
            select
                each.name,
                sum(each.amount::bigint) as total
            from (
                select kept.key as name, kept.value as amount from jsonb_each_text(erasures.removed) as kept
                union all
                select given.key as name, given.value as amount from jsonb_each_text(%(removed)s::jsonb) as given
            ) as each
            group by each.name
        ) as parts
    )
where erasure_id = %(erasure_id)s::bigint
returning erasures.removed;
