from __future__ import annotations

import factory

from users.models import User

PASSWORD = "a long enough password"  # noqa: S105


class UserFactory(factory.django.DjangoModelFactory[User]):
    """Somebody who may log in with ``PASSWORD``; ``is_superuser=True`` makes them an admin."""

    class Meta:
        model = User
        django_get_or_create = ("username",)
        skip_postgeneration_save = True

    username = factory.Sequence(lambda number: f"person{number}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password(PASSWORD)
