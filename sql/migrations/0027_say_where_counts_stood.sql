-- Which answer the number of followers stood in that a video was judged by: search answers give none for everybody.

alter table verdicts
add column followers_from text
constraint verdicts_followers_from_known check (followers_from in ('stub', 'profile'));
comment on column verdicts.followers_from is
'Where the number of followers stood: the author stub of a search or hashtag answer, or the profile; NULL where none was given';
