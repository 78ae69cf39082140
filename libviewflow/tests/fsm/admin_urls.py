"""The admin of the articles."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.urls import path

from viewflow.fsm import FlowAdminMixin

from .models import Article, ArticleMachine


class ArticleForm(forms.ModelForm):
    class Meta:
        model = Article
        fields = ["title", "text", "comment", "score"]

    def clean_comment(self):
        if self.cleaned_data["comment"] == "rude":
            raise forms.ValidationError("Mind your words.")
        return self.cleaned_data["comment"]


class ArticleAdmin(FlowAdminMixin, admin.ModelAdmin):
    form = ArticleForm
    flow_state = ArticleMachine.state
    list_display = ("title", "status", "comment")
    list_editable = ("comment",)
    list_filter = ("status",)

    def get_transition_fields(self, request, obj, slug):
        return ["comment", "score"] if slug in {"approve", "reject"} else None


site = admin.AdminSite(name="admin")
site.register(Article, ArticleAdmin)
urlpatterns = [path("admin/", site.urls)]
