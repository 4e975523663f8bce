"""The `apteco-api` command."""
