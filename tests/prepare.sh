#!/bin/sh
# What the tests need beside Python: PostgreSQL with PostGIS, Chromium, a Chinese font. Where they are missing, root on
# Debian gets them from Debian's archive; anybody else is told their names, and the tests that need them are skipped.
set -eu

has_postgis() {
  for control in /usr/share/postgresql/*/extension/postgis.control; do
    version=$(basename "$(dirname "$(dirname "$control")")")
    [ -x "/usr/lib/postgresql/$version/bin/postgres" ] && [ -f "$(dirname "$control")/btree_gist.control" ] && return 0
  done
  command -v pg_config >/dev/null 2>&1 && [ -f "$(pg_config --sharedir)/extension/postgis.control" ] \
    && [ -x "$(pg_config --bindir)/postgres" ]
}

has_chromium() {
  command -v chromium-headless-shell >/dev/null 2>&1 || command -v chromium >/dev/null 2>&1 \
    || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1
}

has_chinese_font() {
  command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]
}

missing=""
has_postgis || missing="$missing postgresql postgresql-postgis"
has_chinese_font || missing="$missing fontconfig fonts-noto-cjk"
has_chromium || missing="$missing chromium"

# Chromium without windows runs the browser's tests in a quarter less time: it is got where there is one to get.
quick=chromium-headless-shell
if command -v "$quick" >/dev/null 2>&1; then quick=""; fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  [ -n "$missing$quick" ] || exit 0
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq || echo "Debian's archive can't be reached" >&2
  if [ -n "$quick" ] && apt-cache show "$quick" >/dev/null 2>&1; then missing="${missing% chromium} $quick"; fi
  [ -n "$missing" ] || exit 0
  echo "Installing from Debian's archive:$missing"
  # shellcheck disable=SC2086
  apt-get install --yes --no-install-recommends -qq $missing >/dev/null
elif [ -z "$missing" ]; then
  exit 0
else
  echo "The tests also need (Debian's names):$missing" >&2
  echo "Tests that need them are skipped. To run them too, as root: apt-get install$missing" >&2
fi
