from __future__ import annotations

import datetime
import decimal
import json
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from viewflow import jsonstore


class DecimalDecoder(json.JSONDecoder):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"parse_float": decimal.Decimal, **kwargs})


class Everything(models.Model):
    """One field of each class, all optional."""

    data = models.JSONField(default=dict)

    boolean = jsonstore.BooleanField(null=True)
    null_boolean = jsonstore.NullBooleanField()
    char = jsonstore.CharField(max_length=200, blank=True)
    text = jsonstore.TextField(blank=True)
    email = jsonstore.EmailField(blank=True)
    url = jsonstore.URLField(blank=True)
    slug = jsonstore.SlugField(blank=True)
    file_path = jsonstore.FilePathField(path="/", blank=True)
    ip = jsonstore.GenericIPAddressField(blank=True)
    ipv4 = jsonstore.IPAddressField(blank=True)
    integer = jsonstore.IntegerField(blank=True)
    big_integer = jsonstore.BigIntegerField(blank=True)
    small_integer = jsonstore.SmallIntegerField(blank=True)
    positive_integer = jsonstore.PositiveIntegerField(blank=True)
    positive_small_integer = jsonstore.PositiveSmallIntegerField(blank=True)
    positive_big_integer = jsonstore.PositiveBigIntegerField(blank=True)
    float = jsonstore.FloatField(blank=True)
    decimal = jsonstore.DecimalField(max_digits=12, decimal_places=3, blank=True)
    date = jsonstore.DateField(blank=True)
    datetime = jsonstore.DateTimeField(blank=True)
    time = jsonstore.TimeField(blank=True)
    duration = jsonstore.DurationField(blank=True)
    uuid = jsonstore.UUIDField(blank=True)
    binary = jsonstore.BinaryField(blank=True)
    json = jsonstore.JSONField(blank=True)


class Size(models.TextChoices):
    SMALL = "s", _("Small")
    LARGE = "l", _("Large")


class Author(models.Model):
    data = models.JSONField(null=True)
    name = jsonstore.CharField(max_length=50)
    born = jsonstore.DateField(blank=True)


class Order(models.Model):
    """What a user's model looks like."""

    title = models.CharField(max_length=50, blank=True)
    author = models.ForeignKey(Author, models.CASCADE, null=True, blank=True, related_name="orders")
    data = models.JSONField(default=dict, blank=True)
    payload = models.JSONField(null=True, blank=True)

    name = jsonstore.CharField(max_length=20)
    amount = jsonstore.IntegerField(default=0)
    approved = jsonstore.BooleanField(default=False)
    note = jsonstore.TextField(blank=True, default="")
    size = jsonstore.CharField(choices=Size.choices, default=Size.SMALL, max_length=1)
    rating = jsonstore.IntegerField(null=True, blank=True, default=3)
    nickname = jsonstore.CharField(max_length=20, blank=True)
    price = jsonstore.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    due = jsonstore.DateField(null=True, blank=True)
    city = jsonstore.CharField(max_length=20, blank=True, json_key=("address", "city"))
    floor = jsonstore.IntegerField(blank=True, json_key=["address", "floor"], default=1)
    short = jsonstore.CharField(max_length=20, blank=True, json_key="s")
    plain = jsonstore.CharField(max_length=20, blank=True, json_key=())
    color = jsonstore.CharField(max_length=20, blank=True, json_field_name="payload")
    tags = jsonstore.JSONField(default=list, blank=True)
    extra = jsonstore.JSONField(null=True, blank=True)


class AwkwardKeys(models.Model):
    data = models.JSONField(default=dict)
    quote = jsonstore.CharField(json_key="it's: 100% $[0] @ {x}", blank=True)
    digit = jsonstore.IntegerField(json_key=("0", "1"), blank=True)
    accent = jsonstore.CharField(json_key="naïve ключ", blank=True, default="50% o'clock \\")


class Deep(models.Model):
    """Typed values and documents at nested places, with an encoder and a decoder."""

    data = models.JSONField(default=dict)
    day = jsonstore.DateField(blank=True, json_key=("a", "b", "day"))
    count = jsonstore.IntegerField(blank=True, json_key=("a", "b", "count"))
    doc = jsonstore.JSONField(blank=True, json_key=("a", "doc"))
    coded = jsonstore.JSONField(
        blank=True, encoder=DjangoJSONEncoder, decoder=DecimalDecoder, default=int
    )


class Stamped(models.Model):
    data = models.JSONField(default=dict)
    created = jsonstore.DateTimeField(auto_now_add=True)
    modified = jsonstore.DateTimeField(auto_now=True)
    day = jsonstore.DateField(default=datetime.date.today)
    vat = jsonstore.DecimalField(max_digits=4, decimal_places=2, default=decimal.Decimal("0.20"))
    since = jsonstore.DateField(default=datetime.date(2020, 1, 2), null=True, blank=True)
    pause = jsonstore.DurationField(default=datetime.timedelta(minutes=5))
    opens = jsonstore.TimeField(default=datetime.time(9, 30))
    at = jsonstore.DateTimeField(
        default=datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.UTC), null=True, blank=True
    )


class Described(models.Model):
    summary = jsonstore.CharField(max_length=20, blank=True)

    class Meta:
        abstract = True


class Base(Described):
    data = models.JSONField(null=True)
    level = jsonstore.IntegerField(default=1)


class OfBase(Base):
    """Proxy with a field of its own."""

    mood = jsonstore.CharField(max_length=20, blank=True)

    class Meta:
        proxy = True


class OfOfBase(OfBase):
    shade = jsonstore.CharField(max_length=20, blank=True)

    class Meta:
        proxy = True


class Child(Base):
    """Multi-table child; the document is in the parent's table."""

    own = models.CharField(max_length=20, blank=True)
    weight = jsonstore.IntegerField(blank=True)


class EvenQuerySet(models.QuerySet):
    def strong(self) -> Any:
        return self.filter(power__gte=10)


class EvenManager(models.Manager.from_queryset(EvenQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> Any:
        return super().get_queryset().exclude(power=13)


class Managed(models.Model):
    """Has managers of its own; one of them is recorded by migrations."""

    data = models.JSONField(default=dict)
    author = models.ForeignKey(Author, models.CASCADE, null=True, related_name="managed")
    power = jsonstore.IntegerField(default=0)

    objects = EvenManager()
    all_of_them = models.Manager()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("update_fields") == ["power_and_more"]:
            kwargs["update_fields"] = ["power"]
        super().save(*args, **kwargs)


class Tag(models.Model):
    """Has a UUID for its key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.name


class Country(models.Model):
    code = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=20, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class City(models.Model):
    name = models.CharField(max_length=20)
    country = models.ForeignKey(Country, models.CASCADE)


class Book(models.Model):
    """Relations kept in the document; the related models are named before they exist."""

    title = models.CharField(max_length=50, blank=True)
    data = models.JSONField(default=dict, blank=True)
    payload = models.JSONField(null=True, blank=True)

    publisher = jsonstore.ForeignKey("jsonstore.Publisher", null=True, blank=True)
    genre = jsonstore.ForeignKey(Tag, blank=True, json_field_name="payload")
    country = jsonstore.ForeignKey(
        Country, null=True, blank=True, json_key=("origin", "country"), related_name="books"
    )
    country_by_name = jsonstore.ForeignKey(Country, to_field="name", null=True, blank=True)
    sequel = jsonstore.OneToOneField("self", null=True, blank=True, related_name="prequel")
    tags = jsonstore.ManyToManyField(Tag)
    cities: Any = jsonstore.ManyToManyField("City", json_key=("about", "cities"))
    countries = jsonstore.ManyToManyField(Country, json_field_name="payload", blank=False)


class Publisher(models.Model):
    name = models.CharField(max_length=20)
    city = models.ForeignKey(City, models.SET_NULL, null=True)
    data = models.JSONField(default=dict)
    home = jsonstore.ForeignKey(Country, null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Imprint(Publisher):
    """Its key is that of its parent."""


class Edition(Book):
    """A proxy with a relation of its own."""

    imprint = jsonstore.ForeignKey("Imprint", null=True, blank=True)

    class Meta:
        proxy = True


class Position(jsonstore.EmbeddedModel):
    lat = jsonstore.DecimalField(max_digits=9, decimal_places=6)
    lon = jsonstore.DecimalField(max_digits=9, decimal_places=6)


class Place(jsonstore.EmbeddedModel):
    """What an address is made of, nested and with keys of its own."""

    city = jsonstore.CharField(max_length=20)
    since = jsonstore.DateField(null=True, blank=True)
    floor = jsonstore.IntegerField(default=1, blank=True)
    kind = jsonstore.CharField(choices=Size.choices, default=Size.SMALL, max_length=1)
    street = jsonstore.CharField(max_length=20, blank=True, json_key=("line", "street"))
    notes = jsonstore.JSONField(default=list, blank=True)
    country = jsonstore.ForeignKey("Country", null=True, blank=True)
    tags = jsonstore.ManyToManyField("jsonstore.Tag")
    position = jsonstore.EmbeddedField(Position, null=True, blank=True)


class NamedPlace(Place):
    label = jsonstore.CharField(max_length=10, blank=True)
    floor = None  # type: ignore[assignment]


class Line(jsonstore.EmbeddedModel):
    sku = jsonstore.CharField(max_length=10)
    price = jsonstore.DecimalField(max_digits=8, decimal_places=2, default=0)
    product = jsonstore.ForeignKey(Tag, null=True, blank=True)
    stops = jsonstore.EmbeddedListField(Position)

    def clean(self) -> None:
        if self.sku == "none":
            raise ValidationError("There is no such thing.")


class Parcel(models.Model):
    data = models.JSONField(default=dict, blank=True)
    payload = models.JSONField(null=True, blank=True)
    address = jsonstore.EmbeddedField(Place, blank=True)
    origin = jsonstore.EmbeddedField(Place, null=True, blank=True, json_key=("from", "place"))
    usual = jsonstore.EmbeddedField(Place, blank=True, default=dict)
    lines = jsonstore.EmbeddedListField(Line)
    stops = jsonstore.EmbeddedListField(Position, json_field_name="payload", blank=False)


class Indexed(models.Model):
    """Every kind of place that an index can be on."""

    plain = models.CharField(max_length=20, blank=True, db_index=True)
    data = models.JSONField(default=dict)
    payload = models.JSONField(null=True)

    name = jsonstore.CharField(max_length=300)
    state = jsonstore.CharField(max_length=20, default="new", json_key=("a", "it's 100%"))
    amount = jsonstore.IntegerField(default=0)
    ratio = jsonstore.FloatField(json_field_name="payload")
    price = jsonstore.DecimalField(max_digits=10, decimal_places=2, null=True)
    paid = jsonstore.BooleanField(default=False)
    due = jsonstore.DateField(null=True)
    at = jsonstore.DateTimeField(null=True)
    opens = jsonstore.TimeField(null=True)
    pause = jsonstore.DurationField(null=True)
    code = jsonstore.UUIDField(null=True)
    raw = jsonstore.BinaryField(null=True)
    tag = jsonstore.ForeignKey(Tag, null=True)
    place = jsonstore.EmbeddedField(Place, null=True)

    class Meta:
        indexes = [
            jsonstore.JSONKeyIndex("name", name="indexed_name"),
            jsonstore.JSONKeyIndex("state", "-amount", name="indexed_state_amount"),
            jsonstore.JSONKeyIndex("plain", "name"),
            *(
                jsonstore.JSONKeyIndex(one)
                for one in (
                    *("amount", "ratio", "price", "paid", "due", "at", "opens", "pause"),
                    *("code", "raw", "tag"),
                )
            ),
            jsonstore.JSONKeyIndex("place__since", name="indexed_since"),
        ]
