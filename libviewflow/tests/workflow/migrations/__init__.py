"""The tables of the tests; needed because some of them extend tables that have migrations."""
