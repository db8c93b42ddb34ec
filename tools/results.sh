# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Sourced by the test scripts: one line "pass|fail|skip NAME" per named test in $results, each
# printed as it comes, and the closing count.

results_begin() {
    results=$1
    mkdir -p "$(dirname "$results")"
    : >"$results"
}

say() {
    printf '==> %s\n' "$*"
}

# result pass|fail|skip NAME
result() {
    printf '%s %s\n' "$1" "$2" | tee -a "$results"
}

# try NAME LOG COMMAND… - run a command as a named test; show the end of its log if it fails.
try() {
    try_name=$1
    try_log=$2
    shift 2
    if "$@" >"$try_log" 2>&1; then
        result pass "$try_name"
        return 0
    fi
    tail -n 60 "$try_log"
    printf '(all of it: %s)\n' "$try_log"
    result fail "$try_name"
    return 1
}

# suite LABEL BUILD-FOLDER MESON-TEST-ARGUMENTS… - run meson tests and take over their results.
suite() {
    label=$1
    folder=$2
    shift 2
    say "$label"
    rm -f "$folder/meson-logs/testlog.json"
    meson test -C "$folder" "$@" >"$folder/meson-test.log" 2>&1 || true
    python3 tools/results.py "$label" "$folder" | tee -a "$results"
}

count() {
    grep -c "^$1 " "$results" || true
}

# The closing line; fails when a test failed or when none ran.
results_end() {
    failed=$(count fail)
    passed=$(count pass)
    if [ "$failed" -gt 0 ]; then
        say 'what failed'
        grep '^fail ' "$results"
    fi
    say "results: $results"
    printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$(count skip)"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
