-- One page of the ranking; one row per creator. What is not known (a growth without a row that long ago) comes last, from
-- whichever end it goes.
with
-- part: ranking/fitting
-- part: ranking/page
-- part: ranking/shown
;
