-- Whom no person overruled to be refused, unless those are wanted too; in a `where` about `ranked`. Parameters: with_overruled
-- bool (also who was accepted and whom a person overruled to be refused).

-- As a number it is dearer to the planner than what stands before, so it is asked of those alone who fit that.
and (
    %(with_overruled)s::boolean
    or (
        ranked.user_id not in (
            select overrules.user_id from overrules where overrules.expected = 'refuse' and overrules.withdrawn_at is null
        )
    )::integer <> 0
)
