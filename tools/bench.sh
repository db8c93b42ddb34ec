#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ./dev bench [CORPORA]: the speed rows of doc/figures.md, measured here and now. Each row is the
# best of three runs; a run writes its findings to a file that is thrown away.
set -eu
corpora=${1:-../shared/corpora}
if [ ! -d "$corpora" ]; then
    echo "bench: there is no $corpora (give the folder of the corpora as argument)" >&2
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# measure FOLDER OPTIONS… - seconds and peak KiB of the best run, and the input's records.
measure() {
    folder=$1
    shift
    for _ in 1 2 3; do
        python3 tools/measure.py "$work/usage" build/tocsin scan --quiet --output jsonl \
            -o "$work/findings" -r "$corpora/sigma-rules/rules" "$@" "$folder"
    done
    sort -n "$work/usage" | head -n 1
    rm "$work/usage"
}

# row NAME FOLDER OPTIONS…
row() {
    name=$1
    folder=$2
    shift 2
    measure "$folder" "$@" >"$work/best"
    read -r seconds peak <"$work/best"
    awk -v name="$name" -v options="$*" -v seconds="$seconds" -v peak="$peak" \
        -v bytes="$(du -sb "$folder" | cut -f 1)" -v records="$(cat "$work/records")" 'BEGIN {
        printf "| %s | %s | %d | %d | %.1f | %.0f | %.1f | %d MB |\n", name, options,
            bytes / 1e6, records, seconds, records / seconds, bytes / 1e6 / seconds, peak / 1024 }'
}

echo "$(uname -sr), $(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
echo "commit $(git describe --always --dirty), $(date -u +%Y-%m-%d)"
echo '| data | options | MB | records | s | records/s | MB/s | peak memory |'
echo '|---|---|---|---|---|---|---|---|'
mkdir "$work/json"
for packed in "$corpora"/windows-json/otrf/compound__*.zst; do
    zstd -dcq "$packed" >"$work/json/$(basename "$packed" .zst)"
done
for data in "EVTX attack samples:$corpora/evtx-attack" "JSON lines OTRF:$work/json"; do
    folder=${data#*:}
    build/tocsin decode "$folder" 2>/dev/null | wc -l >"$work/records"
    for options in '--jobs 1' '--jobs 2' '--jobs 1 --hash' '--jobs 2 --hash'; do
        # shellcheck disable=SC2086 # options are words
        row "${data%%:*}" "$folder" $options
    done
done
