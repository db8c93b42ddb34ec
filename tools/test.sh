#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ./dev test [--full]: all that a change must pass. Under 30 minutes on two cores.
set -eu
. tools/results.sh
seconds=${FUZZ_SECONDS:-} # a fuzz target; empty: what fuzz.sh takes for all
full=no
case ${1:-} in
'') ;;
--full)
    full=yes
    seconds=3600
    ;;
*)
    echo "usage: ./dev test [--full]" >&2
    exit 2
    ;;
esac
results_begin build-gcc/results.txt

# setup FOLDER COMPILER MESON-OPTIONS…
setup() {
    folder=$1
    compiler=$2
    shift 2
    if [ ! -f "$folder/build.ninja" ]; then
        CC=$compiler meson setup "$folder" "$@"
    fi
}

# built LABEL FOLDER COMPILER MESON-OPTIONS… - a build as a named test.
built() {
    built_label=$1
    built_folder=$2
    shift
    mkdir -p "$built_folder"
    try "$built_label: setup" "$built_folder/setup.log" setup "$@" &&
        try "$built_label: build" "$built_folder/build.log" ninja -C "$built_folder"
}

say 'gcc, as released, warnings are errors'
if built gcc build-gcc gcc -Dwerror=true; then
    suite gcc build-gcc --no-rebuild -t 2
fi

say 'clang 14, warnings are errors'
built clang build-clang clang-14 -Dwerror=true || true

say 'clang 14 with address and undefined-behaviour sanitizers, and the fuzz targets'
if built asan build-asan clang-14 -Dwerror=true -Dfuzz=true -Db_lundef=false \
    -Db_sanitize=address,undefined; then
    suite asan build-asan --no-rebuild -t 5
    say 'fuzzing'
    tools/fuzz.sh all "$seconds" "$results"
fi

tools/negative.sh "$results"
tools/lint.sh build-clang "$results" all
if [ $full = yes ]; then
    say "gcc's analyzer"
    built analyzer build-analyzer gcc -Dwerror=true -Dc_args=-fanalyzer || true
    if [ -d ../shared/corpora ]; then
        say 'the engine against the oracle on every event of the corpora, half an hour'
        try 'oracle: all corpora' build-gcc/oracle.log tests/oracle/corpus.py \
            build-gcc/tests/oracle/test_corpus ../shared/corpora --full || true
    elif [ "${CI:-}" = true ]; then
        result fail 'oracle: all corpora (they are absent)'
    else
        result skip 'oracle: all corpora (they are absent)'
    fi
fi
results_end
