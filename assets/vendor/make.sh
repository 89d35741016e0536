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

# The JSON editor: what codemirror/index.js names, in one module. Exact versions and digests are in codemirror/package-lock.json.
mkdir "$work/codemirror"
cp "$here"/codemirror/{index.js,package.json,package-lock.json} "$work/codemirror/"
(
  cd "$work/codemirror"
  npm ci --silent --ignore-scripts --no-audit --no-fund
  ./node_modules/.bin/esbuild index.js --bundle --minify --format=esm --target=es2022 --legal-comments=none \
    --log-level=warning --outfile="$here/codemirror.js"
  # Of each package that is in the bundle; esbuild itself is not.
  find node_modules -name 'LICENSE*' -not -path '*esbuild*' | LC_ALL=C sort | while IFS= read -r licence; do
    printf '%s\n\n' "$(dirname "${licence#node_modules/}")"
    cat "$licence"
    printf '\n'
  done >"$here/licences/codemirror.txt"
)
