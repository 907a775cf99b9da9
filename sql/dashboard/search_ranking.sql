-- One page of the ranking of those whose handle begins with a text, or whose handle, name and bio hold its words, and of
-- those on the shortlist or with somebody's star; one row per creator.
with
-- part: ranking/sought
-- part: ranking/fitting_found
-- part: ranking/page
-- part: ranking/shown
;
