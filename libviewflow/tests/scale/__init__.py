"""Pages over very many rows; see :mod:`tests.scale.model_list`."""
