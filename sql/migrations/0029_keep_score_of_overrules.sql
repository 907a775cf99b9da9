-- How sure the detector was of the face when a cover's verdict was overruled, kept with the overrule as the share is: a share
-- alone does not tell a face from what only may be one. Until now nothing that only may be one had a share.

alter table overrules add column face_score double precision;
comment on column overrules.face_score is
'Detector''s score, 0 to 1, of what it found on the cover when the verdict was overruled; NULL where it gave none';
