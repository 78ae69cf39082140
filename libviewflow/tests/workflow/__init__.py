"""Tests of the workflow engine; an application with models and flows of its own."""
