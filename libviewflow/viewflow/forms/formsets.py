"""Fields that hold several forms: plain formsets, and the rows that belong to the outer row."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from django import forms
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models
from django.forms.formsets import BaseFormSet, formset_factory
from django.forms.models import BaseInlineFormSet, BaseModelFormSet, inlineformset_factory
from django.utils.translation import gettext_lazy as _

from .composite import (
    CompositeBoundField,
    CompositeField,
    CompositeWidget,
    is_adding,
    is_removed,
    owner,
)
from .interim import ADD, MESSAGE
from .media import widget_media

__all__ = ["FormSetField", "FormSetWidget", "InlineFormSetField"]


class FormSetWidget(CompositeWidget):
    """Lines of forms, with a button for another one."""

    kind = "formset"

    @property
    def media(self) -> forms.Media:
        return super().media + widget_media("formset")


#: Lines without anything in them that a page may send.
SPARE: Final = 10


def sent_lines(data: Any, files: Any, prefix: str, *, most: int, blank: int) -> Any:
    """
    The data of a form as the formset should read it.

    There is one line more when the button for it was pressed. Numbers of lines that cannot be true
    (negative, more stored ones than there are in all, or far more than what was sent has) count as
    no answer. Of lines that hold nothing no more than ``blank`` are made: a number is quickly
    written, and formsets inside of formsets multiply it.
    """
    if data is None:
        return None
    total = f"{prefix}-TOTAL_FORMS"
    try:
        count, stored = int(data[total]), int(data[f"{prefix}-INITIAL_FORMS"])
    except (KeyError, TypeError, ValueError):
        return data
    filled = {
        int(number)
        for source in (data, files or ())
        for key in source
        if isinstance(key, str) and key.startswith(f"{prefix}-")
        if len(number := key[len(prefix) + 1 :].partition("-")[0]) < 9
        if number.isascii() and number.isdigit()
    }
    allowed = len(filled) + blank
    lost = any(allowed <= number < count for number in filled)
    impossible = not 0 <= stored <= min(count, allowed) or lost
    adds = f"{prefix}{ADD}" in data
    if impossible or adds or count > allowed:
        data = data.copy()
        count = min(count, allowed)
        data[total] = "" if impossible else str(min(count + 1, most) if adds else count)
    return data


class FormSetField(CompositeField):
    """
    A formset inside a form. The value is the list of the lines' ``cleaned_data``.

    Lines that were left empty or marked for deletion are not in it; a formset that can be ordered
    gives it in that order. Controls are named ``formset-<field>-<n>-<name>``. ``formset_class`` is
    what ``formset_factory`` makes; instead of it, ``form`` and other arguments of that function
    may be given. ``required=True`` asks for at least one line.
    """

    widget = FormSetWidget
    default_error_messages = {"required": _("At least one line is needed.")}

    def __init__(self, formset_class: Any = None, *, form: Any = None, **kwargs: Any) -> None:
        options = {name: kwargs.pop(name) for name in self.FACTORY if name in kwargs}
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.formset_class = self.make_class(formset_class, form, options)
        self.widget.nested_class = self.formset_class  # type: ignore[attr-defined]

    #: arguments that are the factory's
    FACTORY: tuple[str, ...] = (
        "extra", "can_order", "can_delete", "max_num", "validate_max", "min_num", "validate_min",
        "absolute_max", "can_delete_extra", "renderer",
    )  # fmt: skip

    def make_class(self, formset_class: Any, form: Any, options: dict[str, Any]) -> Any:
        """The class of the formsets."""
        if form is not None:
            return formset_factory(form, formset=formset_class or BaseFormSet, **options)
        if formset_class is None:
            raise TypeError(f"{type(self).__name__} needs formset_class or form.")
        if options:
            raise TypeError(f"{type(self).__name__}: {', '.join(options)} belong to formset_class.")
        return formset_class

    def class_for(self, bound: CompositeBoundField) -> Any:
        """The class of the formset of this form."""
        made = self.formset_class
        return _own(made) if issubclass(made, BaseModelFormSet) else made

    def build(self, bound: CompositeBoundField, *, fresh: bool = False) -> BaseFormSet[Any]:
        formset_class = self.class_for(bound)
        options = self.source(bound, fresh)
        most = min(formset_class.max_num, formset_class.absolute_max)
        options.update(self.content(bound, live=options["data"] is not None))
        shown = options.get("initial") or ()
        blank = len(shown) + formset_class.extra + formset_class.min_num + SPARE
        options["data"] = sent_lines(
            options["data"], options["files"], options["prefix"], most=most, blank=blank
        )
        options["form_kwargs"] = self.form_kwargs
        formset = formset_class(**options)
        more = len(options.get("initial") or ())
        if isinstance(formset, BaseModelFormSet) and more > formset.extra:
            formset.extra = more
        if self.disabled:
            formset.extra, formset.can_delete, formset.can_order = 0, False, False
            for form in formset.forms:
                for field in form.fields.values():
                    field.disabled = True
        return formset

    def content(self, bound: CompositeBoundField, *, live: bool) -> dict[str, Any]:
        """Arguments that say what the lines show at first."""
        initial = bound.initial
        if issubclass(self.class_for(bound), BaseModelFormSet):
            if isinstance(initial, models.QuerySet | models.Manager):
                return {"queryset": initial.all()}
            # Compared with nothing, what people saw on the page counts as their answer.
            return {} if live else {"initial": list(initial or ())}
        return {"initial": list(initial)} if initial else {}

    def clean(self, value: Any) -> Any:
        if (
            isinstance(value, BaseFormSet)
            and value.is_bound
            and f"{value.prefix}{ADD}" in value.data
        ):
            # In a form of Django's own, which does not know what the button means.
            raise ValidationError(MESSAGE, code="interim")
        return super().clean(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        # Numbers of lines that were refused: the line around it is not empty, however it looks.
        if not self.disabled and isinstance(data, BaseFormSet) and data.is_bound:
            management = data.management_form
            if management.add_prefix("TOTAL_FORMS") in data.data and not management.is_valid():
                return True
        return super().has_changed(initial, data)

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")

    def cleaned(self, nested: Any) -> list[Any]:
        return [self.line(form) for form in lines(nested)]

    def line(self, form: Any) -> Any:
        """What one line is in the value."""
        hidden = ("DELETE", "ORDER")
        return {name: value for name, value in form.cleaned_data.items() if name not in hidden}

    def standing(self, nested: Any) -> list[Any]:
        return [form.initial for form in nested.initial_forms]

    def save(self, bound: CompositeBoundField) -> Any:
        nested = bound.nested
        if self.disabled or not nested.is_bound or not isinstance(nested, BaseModelFormSet):
            return None
        return nested.save()


def lines(formset: Any) -> list[Any]:
    """The forms of a valid formset that say something, in their order."""
    kept = []
    for index, form in enumerate(formset.forms):
        if index >= formset.initial_form_count() and not form.has_changed():
            continue
        if is_removed(formset, form):
            continue
        kept.append((index, form))
    if formset.can_order:
        late = float("inf")
        kept.sort(key=lambda item: (_order(item[1].cleaned_data.get("ORDER"), late), item[0]))
    return [form for _index, form in kept]


def _order(value: Any, late: float) -> float:
    return late if value is None else value


class OwnRows:
    """Refuses lines that claim to be a row of somebody else, one that is gone, or one sent twice."""

    def clean(self) -> None:
        super().clean()  # type: ignore[misc]
        name = self.model._meta.pk.name  # type: ignore[attr-defined]
        seen = set()
        stored = self.initial_form_count()  # type: ignore[attr-defined]
        for index, form in enumerate(self.forms):  # type: ignore[attr-defined]
            row = getattr(form, "cleaned_data", {}).get(name)
            known = not form.instance._state.adding
            sent = index < stored or isinstance(row, self.model)  # type: ignore[attr-defined]
            if sent and not known and not is_removed(self, form):
                raise ValidationError(
                    _("A line is not there any more. Open the page again."), code="gone"
                )
            if known:
                if form.instance.pk in seen:
                    raise ValidationError(_("The same line was sent twice."), code="duplicate")
                seen.add(form.instance.pk)


@lru_cache(maxsize=256)
def _own(formset_class: Any) -> Any:
    """The class with :class:`OwnRows` in it."""
    if issubclass(formset_class, OwnRows):
        return formset_class
    return type(formset_class.__name__, (OwnRows, formset_class), {})


class InlineFormSetField(FormSetField):
    """
    The rows that point to the outer form's row, edited, added and removed with it.

    Give ``model`` and ``fields`` or ``form``, and whatever else ``inlineformset_factory`` takes
    (``extra``, ``can_delete``, ``fk_name``, …); ``parent_model`` is the outer form's model unless
    it is given. Or give ``formset_class``, complete. ``initial`` fills in lines of a new object.
    Only rows of the outer object can be changed, whatever keys are sent.
    """

    FACTORY: tuple[str, ...] = (
        *FormSetField.FACTORY, "fields", "exclude", "fk_name", "widgets", "labels", "help_texts",
        "error_messages", "localized_fields", "field_classes", "formfield_callback", "edit_only",
    )  # fmt: skip

    def __init__(
        self,
        parent_model: Any = None,
        model: Any = None,
        formset_class: Any = None,
        **kwargs: Any,
    ) -> None:
        self.parent_model, self.model = parent_model, model
        self.known: dict[Any, Any] = {}
        super().__init__(formset_class, **kwargs)

    def make_class(self, formset_class: Any, form: Any, options: dict[str, Any]) -> Any:
        if self.model is None:
            if formset_class is None or not hasattr(formset_class, "fk"):
                raise TypeError(
                    "InlineFormSetField needs a model, or the formset_class that "
                    "inlineformset_factory makes."
                )
            return super().make_class(formset_class, None, options)
        from .forms import ModelForm

        base = formset_class or BaseInlineFormSet
        options = {"form": form or ModelForm, "formset": base, **options}
        self.options = options
        if self.parent_model is not None:
            return self.inline_class(self.parent_model)
        return form or ModelForm  # until the outer model is known

    def inline_class(self, parent: Any) -> Any:
        known = self.known  # shared by the copies of this field
        if parent not in known:
            known[parent] = inlineformset_factory(parent, self.model, **self.options)
        return known[parent]

    def adopt(self, form: Any, name: str) -> None:
        if not hasattr(self.formset_class, "fk"):
            parent = getattr(getattr(form, "_meta", None), "model", None)
            if parent is None:
                raise ImproperlyConfigured(
                    f"{type(form).__name__}.{name}: InlineFormSetField in a form without a model "
                    "needs parent_model."
                )
            # The field of a form is a copy of its own; what is made here is kept by the cache.
            self.formset_class = self.inline_class(parent)
        self.widget.nested_class = self.formset_class  # type: ignore[attr-defined]

    def class_for(self, bound: CompositeBoundField) -> Any:
        self.adopt(bound.form, bound.name)
        return _own(self.formset_class)

    def content(self, bound: CompositeBoundField, *, live: bool) -> dict[str, Any]:
        parent = owner(bound.form)
        options: dict[str, Any] = {"instance": parent}
        given = bound.form.initial.get(bound.name)
        initial = bound.initial if is_adding(parent) or given else None
        if initial and not live and not isinstance(initial, models.QuerySet | models.Manager):
            options["initial"] = list(initial)
        return options

    def takes_part(self, bound: CompositeBoundField) -> bool:
        return True

    def save(self, bound: CompositeBoundField) -> Any:
        nested = bound.nested
        if self.disabled or not nested.is_bound:
            return None
        nested.instance = owner(bound.form)
        return nested.save()
