"""Make a Python client of an API's description: ``load`` turns bytes into a document, ``build`` the document
into an intermediate model, ``render`` the model into files. The wheel of the client does not contain it."""
