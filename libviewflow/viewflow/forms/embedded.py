"""Forms of :class:`viewflow.jsonstore.EmbeddedModel`, and the fields that hold them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.db.models import Field as ModelField
from django.forms.forms import BaseForm, DeclarativeFieldsMetaclass
from django.forms.formsets import BaseFormSet, formset_factory
from django.forms.models import ModelFormOptions, apply_limit_choices_to_to_formfield
from django.utils.translation import gettext_lazy as _

from viewflow import jsonstore

from .composite import CompositeBoundField, is_adding, owner
from .forms import CompositeFormMixin
from .formsets import FormSetField
from .nested import FormField, is_left_out

if TYPE_CHECKING:
    _FormSet = BaseFormSet[Any]
else:
    _FormSet = BaseFormSet

__all__ = [
    "BaseEmbeddedFormSet",
    "EmbeddedFormField",
    "EmbeddedFormSetField",
    "EmbeddedModelForm",
    "embedded_form_factory",
]


def _form_fields(name: str, options: Any) -> dict[str, forms.Field]:
    """The form fields of an embedded model. Raises ``FieldError`` for names that it has not."""
    known: dict[str, Any] = options.model._fields
    if options.fields is None and options.exclude is None:
        raise ImproperlyConfigured(f"{name}: Meta needs fields or exclude.")
    chosen: Iterable[str] = known if options.fields in (None, "__all__") else options.fields
    made = {}
    for field_name in chosen:
        if field_name in (options.exclude or ()):
            continue
        field = known.get(field_name)
        if field is None or not field.editable:
            if options.fields == "__all__" or options.fields is None:
                continue
            made[field_name] = cast(forms.Field, None)  # it may be declared on the form
            continue
        extra: dict[str, Any] = {}
        for argument, given in (
            ("widget", options.widgets),
            ("label", options.labels),
            ("help_text", options.help_texts),
            ("error_messages", options.error_messages),
            ("form_class", options.field_classes),
        ):
            if given and field_name in given:
                extra[argument] = given[field_name]
        if options.localized_fields == "__all__" or field_name in (options.localized_fields or ()):
            extra["localize"] = True
        form_field = field.formfield(**extra)
        if form_field is not None:
            apply_limit_choices_to_to_formfield(form_field)
            made[field_name] = form_field
    return made


class EmbeddedFormMetaclass(DeclarativeFieldsMetaclass):
    """Adds the fields of ``Meta.model`` to those that are declared."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        new: Any = super().__new__(mcs, name, bases, attrs)
        options: Any = ModelFormOptions(getattr(new, "Meta", None))
        new._meta = options
        if options.model is None:
            return new
        fields = {**_form_fields(name, options), **new.declared_fields}
        missing = [field_name for field_name, field in fields.items() if field is None]
        if missing:
            raise FieldError(f"{name}: {options.model.__name__} has no field {', '.join(missing)}.")
        new.base_fields = fields
        return new


class EmbeddedModelForm(CompositeFormMixin, BaseForm, metaclass=EmbeddedFormMetaclass):
    """
    A model form for an ``EmbeddedModel``.

    ``Meta`` has ``model``, ``fields`` and the rest of what Django's has. The form works on a copy
    of ``instance``; after a valid submit ``form.instance`` is the object as it was filled in,
    which belongs into the document of a row. Nothing is saved here.
    """

    _meta: Any
    base_fields: dict[str, forms.Field]

    def __init__(
        self, data: Any = None, files: Any = None, *args: Any, instance: Any = None, **kwargs: Any
    ) -> None:
        model = self._meta.model
        if model is None:
            raise ValueError(f"{type(self).__name__} has no Meta.model.")
        self.instance = model() if instance is None else model.from_dict(instance.to_dict())
        initial = {
            name: field.value_from_object(self.instance)
            for name, field in model._fields.items()
            if name in self.base_fields
        }
        kwargs["initial"] = {**initial, **(kwargs.get("initial") or {})}
        super().__init__(data, files, *args, **kwargs)

    def _post_clean(self) -> None:
        model_fields = self._meta.model._fields
        exclude = set()
        for name, field in model_fields.items():
            if name not in self.fields or (
                name in self.errors
                or name not in self.cleaned_data
                or not self._assign(name, field)
            ):
                exclude.add(name)
        try:
            self.instance.full_clean(exclude=exclude)
        except ValidationError as error:
            for name, messages in error.error_dict.items():
                self.add_error(name if name in self.fields else None, messages)

    def _assign(self, name: str, field: ModelField[Any, Any]) -> bool:
        """Put a cleaned value into the instance; tells whether it is to be validated there."""
        value, form_field = self.cleaned_data[name], self.fields[name]
        empty = value in form_field.empty_values
        widget = form_field.widget
        if (
            field.has_default()
            and empty
            and widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))
        ):
            return False
        try:
            setattr(self.instance, name, value)
        except (TypeError, ValueError) as error:
            self.add_error(name, ValidationError(str(error), code="invalid"))
            return False
        # As for models: what the form allows to be empty, the model need not ask for.
        return not (empty and not form_field.required and not field.blank)


def embedded_form_factory(model: Any, fields: Any = "__all__", form: Any = None) -> Any:
    """Return the class of a form for an embedded model."""
    base: Any = form or EmbeddedModelForm
    meta = type("Meta", (getattr(base, "Meta", object),), {"model": model, "fields": fields})
    return type(base)(f"{model.__name__}Form", (base,), {"Meta": meta})


class _Chosen:
    """The form class of a field: the one given, or one made of a model."""

    @staticmethod
    def form_class(owner_name: str, form_class: Any, model: Any, fields: Any) -> Any:
        if model is not None:
            return embedded_form_factory(model, fields, form_class)
        if form_class is None:
            raise TypeError(f"{owner_name} needs form_class or model.")
        return form_class


def _shown(bound: CompositeBoundField) -> Any:
    """What the field shows at first; what it declares counts for what is not a row yet."""
    found = bound.initial
    declared = bound.field.initial
    if not found and declared and is_adding(owner(bound.form)):
        return declared() if callable(declared) else declared
    return found


def _instance(model: Any, value: Any) -> Any:
    return value if isinstance(value, jsonstore.EmbeddedModel) else model.from_dict(dict(value))


class EmbeddedFormField(FormField):
    """
    The form of an embedded object in the form of its row. The value is the object.

    ``form_class`` is an :class:`EmbeddedModelForm`, or is made of ``model`` and ``fields``. With
    ``required=False`` an empty form means that there is no such object.
    """

    def __init__(
        self, form_class: Any = None, *, model: Any = None, fields: Any = "__all__", **kwargs: Any
    ) -> None:
        chosen = _Chosen.form_class(type(self).__name__, form_class, model, fields)
        super().__init__(chosen, **kwargs)

    def content(self, bound: CompositeBoundField) -> dict[str, Any]:
        shown = _shown(bound)
        return {"instance": _instance(self.form_class._meta.model, shown)} if shown else {}

    def cleaned(self, nested: Any) -> Any:
        return None if is_left_out(nested) else nested.instance

    def standing(self, nested: Any) -> Any:
        return nested.instance


class BaseEmbeddedFormSet(_FormSet):
    """
    A formset over the objects of an ``EmbeddedListField``, given as ``instances``.

    Lines have no key: the number of the line is the place in the list. So a list that has got
    longer or shorter since the page was made is refused.
    """

    def __init__(self, *args: Any, instances: Iterable[Any] = (), **kwargs: Any) -> None:
        self.instances = list(instances)
        super().__init__(*args, **kwargs)

    def initial_form_count(self) -> int:
        return super().initial_form_count() if self.is_bound else len(self.instances)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        options = super().get_form_kwargs(index)
        if index is not None and index < min(self.initial_form_count(), len(self.instances)):
            options["instance"] = self.instances[index]
        return options

    def clean(self) -> None:
        if self.initial_form_count() != len(self.instances):
            raise ValidationError(
                _("The list was changed by somebody else. Open the page again."), code="changed"
            )


class EmbeddedFormSetField(FormSetField):
    """
    The forms of a list of embedded objects. The value is the list of the objects, in order.

    ``form_class`` is an :class:`EmbeddedModelForm`, or is made of ``model`` and ``fields``; other
    arguments are those of ``formset_factory``. Lines can be removed unless ``can_delete=False``.
    """

    def __init__(
        self,
        form_class: Any = None,
        *,
        model: Any = None,
        fields: Any = "__all__",
        formset_class: Any = None,
        **kwargs: Any,
    ) -> None:
        if formset_class is not None and hasattr(formset_class, "form"):
            super().__init__(formset_class, **kwargs)
            return
        form = _Chosen.form_class(type(self).__name__, form_class, model, fields)
        super().__init__(formset_class, form=form, **{"can_delete": True, **kwargs})

    def make_class(self, formset_class: Any, form: Any, options: dict[str, Any]) -> Any:
        if form is None:
            return super().make_class(formset_class, form, options)
        return formset_factory(form, formset=formset_class or BaseEmbeddedFormSet, **options)

    def content(self, bound: CompositeBoundField, *, live: bool) -> dict[str, Any]:
        model = self.formset_class.form._meta.model
        return {"instances": [_instance(model, one) for one in _shown(bound) or ()]}

    def line(self, form: Any) -> Any:
        return form.instance

    def standing(self, nested: Any) -> list[Any]:
        return list(nested.instances)
