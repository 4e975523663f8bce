"""The terminal commands: gdpr-scrub, find-tables, clone-dashboard-and-queries and export-queries."""
