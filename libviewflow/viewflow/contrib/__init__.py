"""Optional integrations; each is off until it is mounted or installed."""
