"""Measure this generator against others, on a folder of OpenAPI documents."""
