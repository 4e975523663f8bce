"""This generator beside others, measured on a folder of OpenAPI documents."""
