"""Models behind the forms of these tests."""

from __future__ import annotations

from django.db import models


class Document(models.Model):
    title = models.CharField(max_length=50)
    attachment = models.FileField(upload_to="documents/", blank=True)

    class Meta:
        app_label = "forms"

    def __str__(self):
        return self.title
