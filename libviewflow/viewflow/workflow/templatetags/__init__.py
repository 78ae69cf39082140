"""Tags of workflow pages."""
