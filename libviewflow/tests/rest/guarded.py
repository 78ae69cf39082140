"""Flows whose views guard themselves, and whose forms are narrowed or have forms in them."""

from __future__ import annotations

from functools import wraps

from django import forms
from django.contrib.auth.decorators import login_required, permission_required, user_passes_test
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseForbidden
from django.urls import path
from django.views.generic import FormView, UpdateView

from tests.flowviews.models import Errand
from tests.kit.models import Courier, Customer, District, Tag
from viewflow import this
from viewflow.forms import (
    ForeignKeyFormField,
    FormField,
    FormSetField,
    InlineFormSetField,
    ModelForm,
)
from viewflow.workflow import FlowLockFailed, flow, rest
from viewflow.workflow.flow.views.mixins import TaskViewMixin

page = rest.views.UpdateProcessView
start_page = rest.views.CreateProcessView
may = permission_required("flowviews.delete_errand", raise_exception=True)
seen: list = []


class Guarded(PermissionRequiredMixin, page):
    permission_required = "flowviews.delete_errand"
    raise_exception = True


class GuardedStart(PermissionRequiredMixin, start_page):
    permission_required = "flowviews.delete_errand"
    fields = ["note"]


class Knows(page):
    """Looks at its address."""

    def dispatch(self, request, *args, **kwargs):
        seen.append((kwargs["process_pk"] == self.activation.process.pk, kwargs["task_pk"]))
        return super().dispatch(request, *args, **kwargs)


class GuardedPost(page):
    def get(self, request, *args, **kwargs):
        return self.look() or super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        return self.look() or super().post(request, *args, **kwargs)

    def look(self):
        if not self.request.user.has_perm("flowviews.delete_errand"):
            return HttpResponseForbidden()
        return None


class Says(page):
    """Refuses in the end."""

    def form_valid(self, form):
        if not self.request.user.has_perm("flowviews.delete_errand"):
            return HttpResponseForbidden()
        return super().form_valid(form)


class Alone(FormView):
    """Knows nothing of tasks."""

    form_class = forms.Form
    success_url = "/"

    def form_valid(self, form):
        self.request.activation.execute()
        return super().form_valid(form)


class AloneGuarded(PermissionRequiredMixin, Alone):
    permission_required = "flowviews.delete_errand"


def unlabelled(view):
    def inner(request, **kwargs):
        return may(view)(request, **kwargs)

    return inner


def in_words(view):
    @wraps(view)
    def inner(request, **kwargs):
        if not request.user.has_perm("flowviews.delete_errand"):
            return HttpResponse("Ask somebody else.")
        return view(request, **kwargs)

    return inner


VIEWS = {
    "decorated": (may(page.as_view(fields=["note"])), 403),
    "twice": (login_required(may(page.as_view(fields=["note"]))), 403),
    "sent_away": (
        user_passes_test(lambda u: u.has_perm("flowviews.delete_errand"))(
            page.as_view(fields=["note"])
        ),
        403,
    ),
    "mixin": (Guarded.as_view(fields=["note"]), 403),
    "own_post": (GuardedPost.as_view(fields=["note"]), 403),
    "own_end": (Says.as_view(fields=["note"]), 403),
    "alone": (AloneGuarded.as_view(), 403),
    "alone_decorated": (may(Alone.as_view()), 501),
    "unlabelled": (unlabelled(page.as_view(fields=["note"])), 501),
    "in_words": (in_words(page.as_view(fields=["note"])), 501),
}


def guarded_flow(name, view):
    return type(
        f"{name.title().replace('_', '')}GuardFlow",
        (flow.Flow,),
        {
            "__module__": __name__,
            "process_class": Errand,
            "start": flow.Start(start_page.as_view(fields=["note"])).Next(this.go),
            "go": flow.View(view).Next(this.end),
            "end": flow.End(),
        },
    )


GUARDED = {name: guarded_flow(name, view) for name, (view, _code) in VIEWS.items()}
KnowsFlow = guarded_flow("knows", Knows.as_view(fields=["note"]))


class StartGuardFlow(flow.Flow):
    process_class = Errand
    start = flow.Start(may(start_page.as_view(fields=["note"]))).Next(this.end)
    start_mixin = flow.Start(GuardedStart.as_view()).Next(this.end)
    end = flow.End()


class Unready(start_page):
    fields = ["note"]

    def form_valid(self, form):
        if form.instance.note == "busy":
            raise FlowLockFailed
        if form.instance.note == "closed":
            raise PermissionDenied
        raise ValidationError({"note": "Not today."})


class UnreadyFlow(flow.Flow):
    process_class = Errand
    start = flow.Start(Unready.as_view()).Next(this.end)
    end = flow.End()


# forms -------------------------------------------------------------------------------------------


class PlaceForm(forms.Form):
    district = forms.ModelChoiceField(District.objects.all(), required=False)
    tags = forms.ModelMultipleChoiceField(Tag.objects.all(), required=False)


class PlaceView(TaskViewMixin, FormView):
    """Offers the districts of the person only."""

    form_class = PlaceForm

    def get_initial(self):
        first = District.objects.filter(name__startswith=self.request.user.username).first()
        return {"district": first and first.pk, "tags": Tag.objects.all()}

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        mine = District.objects.filter(name__startswith=self.request.user.username)
        form.fields["district"].queryset = mine
        return form

    def form_valid(self, form):
        seen.append(form.cleaned_data)
        self.activation.execute()
        return HttpResponse()


class KeyForm(forms.Form):
    """Goes by names, not by keys."""

    district = forms.ModelChoiceField(District.objects.all(), to_field_name="name")
    tags = forms.ModelMultipleChoiceField(Tag.objects.all(), to_field_name="name", required=False)


class KeyView(PlaceView):
    form_class = KeyForm

    def get_initial(self):
        return {}

    def get_form(self, form_class=None):
        return FormView.get_form(self, form_class)


class WhoForm(forms.Form):
    name = forms.CharField(max_length=10)
    vip = forms.BooleanField(required=False)


class LineForm(forms.Form):
    text = forms.CharField(max_length=10)
    district = forms.ModelChoiceField(District.objects.all(), required=False)


class OrderForm(ModelForm):
    who = FormField(WhoForm, required=False)
    lines = FormSetField(form=LineForm, extra=1, can_delete=True)

    class Meta:
        model = Errand
        fields = ["note"]


class OrderView(page):
    form_class = OrderForm

    def get_initial(self):
        district = District.objects.first()
        return {
            "who": {"name": "Ada", "vip": True},
            "lines": [{"text": "one", "district": district}, {"text": "two"}],
        }

    def form_valid(self, form):
        seen.append(form.cleaned_data)
        return super().form_valid(form)


class DistrictForm(ModelForm):
    class Meta:
        model = District
        fields = ["name"]


class CourierForm(ModelForm):
    district = ForeignKeyFormField(DistrictForm)

    class Meta:
        model = Courier
        fields = ["name", "district"]


class CustomerForm(ModelForm):
    district = ForeignKeyFormField(DistrictForm, required=False)

    class Meta:
        model = Customer
        fields = ["name", "district"]


class TeamForm(ModelForm):
    couriers = InlineFormSetField(model=Courier, fields=["name"], extra=2)

    class Meta:
        model = District
        fields = ["name"]


class RowView(TaskViewMixin, UpdateView):
    """Changes the only row there is."""

    def get_object(self, queryset=None):
        return self.form_class._meta.model.objects.get()

    def form_valid(self, form):
        form.save()
        self.activation.execute()
        return HttpResponse()


PlaceFlow = guarded_flow("place", PlaceView.as_view())
KeyFlow = guarded_flow("key", KeyView.as_view())
ROWS = {
    "courier": guarded_flow("courier", RowView.as_view(form_class=CourierForm)),
    "customer": guarded_flow("customer", RowView.as_view(form_class=CustomerForm)),
    "team": guarded_flow("team", RowView.as_view(form_class=TeamForm)),
}
OrderFlow = guarded_flow("order", OrderView.as_view())

flows = {
    **GUARDED,
    **ROWS,
    "knows": KnowsFlow,
    "guard": StartGuardFlow,
    "unready": UnreadyFlow,
    "both": guarded_flow("both", page.as_view(fields=["note", "amount"])),
    "place": PlaceFlow,
    "key": KeyFlow,
    "order": OrderFlow,
}
urlpatterns = [
    *(path(f"api/{name}/", rest.FlowRestViewset(found).urls) for name, found in flows.items()),
    *(
        path(f"{name}/", flow.FlowViewset(found, app_name=f"page_{name}").urls)
        for name, found in flows.items()
    ),
]
