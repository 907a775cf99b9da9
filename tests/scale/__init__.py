"""Many workers: two Celery workers share a day, one of them dies in the middle, and nothing may be lost or paid twice."""
