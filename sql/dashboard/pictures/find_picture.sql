-- A small copy of a picture, as it is served; one row, none where it is unknown or past its time. Parameters: picture_id uuid.
select
    pictures.image,
    encode(pictures.sha256, 'hex') as sha256
from pictures
where
    pictures.picture_id = %(picture_id)s::uuid
    and pictures.image is not null
    and pictures.expires_at > now();
