#!/bin/sh
# Collects the library's texts, merges them into every catalogue and compiles those that are
# complete. Needs GNU gettext (xgettext, msgmerge, msgfmt) and Django:
#   PYTHON=.venv/bin/python sh tools/messages.sh
# A text that is new or has changed stays untranslated (or fuzzy) until somebody has translated
# it; tests/kit/test_translations.py names it.
set -eu

cd "$(dirname "$0")/.."
python=$(command -v "${PYTHON:-.venv/bin/python}") || { echo "There is no ${PYTHON:-.venv/bin/python}."; exit 1; }
case $python in /*) ;; *) python=$PWD/$python ;; esac
for tool in xgettext msgmerge msgfmt; do
    command -v $tool >/dev/null || { echo "$tool is missing: install GNU gettext."; exit 1; }
done

cd libviewflow/viewflow
set --
for catalogue in locale/*/LC_MESSAGES/django.po; do
    language=${catalogue#locale/}
    set -- "$@" --locale "${language%%/*}"
done
[ $# -gt 0 ] || { echo "There are no catalogues."; exit 1; }

# No line numbers and no dates: a catalogue changes when a text does.
"$python" -m django makemessages "$@" --keep-pot --no-location --no-obsolete --extension html,txt,py
sed -i.old -e '/^"POT-Creation-Date:/d' -e '/^# \(Copyright\|This file is\|FIRST\)/d' \
    -e 's/^# SOME DESCRIPTIVE TITLE\./# The texts of libviewflow; tools\/messages.sh writes this file./' \
    locale/django.pot
sed -i.old -e '/^"POT-Creation-Date:/d' locale/*/LC_MESSAGES/django.po
rm -f locale/django.pot.old locale/*/LC_MESSAGES/django.po.old

for catalogue in locale/*/LC_MESSAGES/django.po; do
    echo "$catalogue"
    msgfmt --check --statistics --output-file "${catalogue%.po}.mo" "$catalogue"
done
