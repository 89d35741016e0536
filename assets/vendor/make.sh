#!/usr/bin/env bash
# Makes the vendored files again from npm, the same bytes each time: assets/vendor/make.sh
# Each package has its version here, its file beside this script, and its licence in licences/.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$here/licences"

# unpack NAME VERSION: the package, checked by npm against its digest in the registry, in $work/NAME
unpack() {
  (cd "$work" && npm pack --silent "$1@$2" >name && mkdir -p "$1" && tar -xzf "$(cat name)" -C "$1" --strip-components=1)
}

# Hypermedia: pieces of pages from the server.
unpack htmx.org 2.0.11
cp "$work/htmx.org/dist/htmx.min.js" "$here/htmx.min.js"
cp "$work/htmx.org/LICENSE" "$here/licences/htmx.org.txt"
