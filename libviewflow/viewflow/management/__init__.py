"""Nothing: the commands are in ``viewflow.workflow.management``."""
