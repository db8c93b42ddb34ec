#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ./dev fuzz [TARGET] [SECONDS]: fuzz one target, 60 seconds if not told, or all of them, as many at
# a time as there are processors, each as long as five minutes for all of them allow. What was
# learnt stays in build-asan/fuzz/TARGET/corpus; an input that breaks a target is left beside it.
set -eu
. tools/results.sh
target=${1:-all}
seconds=${2:-}
if [ $# -ge 3 ]; then
    results=$3 # of the caller
else
    results_begin build-asan/results-fuzz.txt
    [ -f build-asan/build.ninja ] || CC=clang-14 meson setup build-asan -Dfuzz=true \
        -Db_lundef=false -Db_sanitize=address,undefined
    ninja -C build-asan
fi

# fuzz_one NAME - returns its status; its log is build-asan/fuzz/NAME/log.
fuzz_one() {
    folder=build-asan/fuzz/$1
    mkdir -p "$folder/corpus" "tests/fuzz/seeds/$1"
    "build-asan/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -artifact_prefix="$folder/" -print_final_stats=1 \
        "$folder/corpus" "tests/fuzz/seeds/$1" >"$folder/log" 2>&1
}

# judge NAME STATUS
judge() {
    if [ "$2" -eq 0 ]; then
        result pass "fuzz: $1"
    else
        tail -n 40 "build-asan/fuzz/$1/log"
        result fail "fuzz: $1"
    fi
}

if [ "$target" = all ]; then
    target=''
    for source in tests/fuzz/fuzz_*.c; do
        [ -f "$source" ] && target="$target $(basename "$source" .c | sed 's/^fuzz_//')"
    done
fi
jobs=$(nproc)
if [ -z "$seconds" ]; then
    seconds=$((300 * jobs / $(echo "$target" | wc -w)))
    [ "$seconds" -lt 60 ] || seconds=60
fi
say "$(echo "$target" | wc -w) fuzz targets, $seconds seconds each"
while [ -n "$target" ]; do
    running=''
    waiting=''
    for name in $target; do
        if [ "$(echo "$running" | wc -w)" -ge "$jobs" ]; then
            waiting="$waiting $name"
            continue
        fi
        fuzz_one "$name" &
        running="$running $name:$!"
    done
    for entry in $running; do
        status=0
        wait "${entry#*:}" || status=$?
        judge "${entry%:*}" "$status"
    done
    target=$waiting
done
[ $# -ge 3 ] || results_end
