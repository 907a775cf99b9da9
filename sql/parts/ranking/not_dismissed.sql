-- Whom the team did not say no to, unless those are wanted too; in a `where` about `ranked`. Parameters: with_dismissed bool
-- (also whom the team said no to).

-- As a number it is dearer to the planner than what stands before, so it is asked of those alone who fit that.
and (
    %(with_dismissed)s::boolean
    or (ranked.user_id not in (select kept.user_id from shortlist as kept where kept.status = 'no'))::integer <> 0
)
