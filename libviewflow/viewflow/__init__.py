"""libviewflow: workflow, CRUD and site kit for Django."""

from __future__ import annotations

__title__ = "libviewflow"
__version__ = "0.1.0"
__author__ = "The libviewflow authors"
__license__ = "MIT"

from .descriptors import DEFAULT, viewprop
from .icons import Icon
from .this_object import this

__all__ = ["DEFAULT", "Icon", "this", "viewprop"]
