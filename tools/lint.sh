#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# lint.sh BUILD-FOLDER RESULTS quick|all - every lint as a named test. quick leaves clang-tidy to
# the files that differ from the last commit.
set -eu
. tools/results.sh
build=$1
results=$2
scope=$3
logs=$build/lint
mkdir -p "$logs"

lint() {
    name=$1
    shift
    try "lint: $name" "$logs/$name.log" "$@" || true
}

format() {
    find src tests tools -name '*.[ch]' -exec clang-format-14 --dry-run --Werror {} + ||
        { echo 'run: clang-format-14 -i FILE'; return 1; }
}

# The database of the clang build, so that clang-tidy reads what clang would.
tidy() {
    if [ "$scope" = all ]; then
        files=$(find src -name '*.c')
    else
        files=$(git diff --name-only --diff-filter=d HEAD -- 'src/*.c')
    fi
    [ -n "$files" ] || return 0
    echo "$files" | xargs -n 4 -P "$(nproc)" clang-tidy-14 -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option \
        2>"$logs/tidy-stderr.log"
}

pages() {
    set -- doc/man/*.[1-8]
    mandoc -Tlint -W warning "$@"
}

scripts() {
    find . -name '*.sh' -not -path './build*' -exec shellcheck -x dev .ci/run {} +
    find tools tests -name '*.py' -exec python3 -c \
        'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]' {} +
}

say 'lints'
lint format format
for name in spdx bans includes sizes docs rules; do
    lint "$name" python3 tools/lint.py "$name"
done
[ ! -f "$build/compile_commands.json" ] || lint symbols python3 tools/lint.py symbols "$build"
lint wire python3 tools/wire_doc.py --check
lint man pages
lint scripts scripts
lint tidy tidy
