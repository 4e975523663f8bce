"""From an API's description to its Python client: ``load`` (bytes to document), ``build`` (document to
intermediate model), ``render`` (model to files). A development tool; it is not shipped in the wheel."""
