#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ./dev check: format, lints, unit and golden tests; about a minute.
set -eu
. tools/results.sh
results_begin build/results-check.txt

[ -f build/build.ninja ] || meson setup build >build/setup.log
if try 'build' build/build.log ninja -C build; then
    suite test build --suite unit --suite golden --suite fuzz --no-rebuild
fi
tools/lint.sh build "$results" quick
results_end
