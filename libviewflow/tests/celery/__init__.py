"""Jobs that Celery carries, against the brokers that answer here."""
