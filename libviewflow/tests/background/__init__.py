"""Background work by real processes."""
