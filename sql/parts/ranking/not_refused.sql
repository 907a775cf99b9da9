-- Whom no person overruled to be refused, unless those are wanted too; in a `where` about `ranked`. Parameters: with_overruled
-- bool (also who was accepted and whom a person overruled to be refused).

-- One object that is made once, and looked into by key: what `not in` makes would be counted anew, by the planner, for every look
-- at a creator by key, and everybody would be read instead.
and (
    %(with_overruled)s::boolean
    or (
        (
            select jsonb_object_agg(overrules.user_id, null)
            from overrules
            where overrules.expected = 'refuse' and overrules.withdrawn_at is null
        ) ? ranked.user_id
    ) is not true
)
