#!/bin/sh
# Installs those of the named Debian packages that are missing, as root or through sudo:
#   sh tools/packages.sh NAME...
set -eu
missing=
for name; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing="$missing $name"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "packages.sh: no apt-get here; needed is what Debian calls$missing" >&2
    exit 0 # it may be there under another name: the build tells
fi
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
$sudo apt-get update -qq </dev/null
# shellcheck disable=SC2086 # the names are words
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $missing </dev/null >/dev/null
