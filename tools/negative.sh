#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# negative.sh RESULTS - the tools must catch what they are there to catch: seeds one fault at a
# time in a folder of its own and expects a failure that names it.
set -eu
. tools/results.sh
results=$1
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT
mkdir -p "$seeds/src/decode" "$seeds/src/detect" "$seeds/src/base"
spdx='/* SPDX-License-Identifier: GPL-3.0-or-later */'

# caught NAME WORD COMMAND… - the command must fail and say WORD.
caught() {
    name=$1
    word=$2
    shift 2
    if "$@" >"$seeds/log" 2>&1; then
        result fail "negative: $name (nothing failed)"
    elif grep -q -e "$word" "$seeds/log"; then
        result pass "negative: $name"
    else
        tail -n 20 "$seeds/log"
        result fail "negative: $name (failed, but not with '$word')"
    fi
}

# program BODY - build a C program with the sanitizers as the tests have them, and run it.
program() {
    printf '#include <limits.h>\n#include <stdlib.h>\n#include <string.h>\n%s\n' "$1" \
        >"$seeds/program.c"
    clang-14 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
        -o "$seeds/program" "$seeds/program.c" && "$seeds/program" x
}

# seed FILE TEXT
seed() {
    printf '%s\n%s\n' "$spdx" "$2" >"$seeds/src/$1"
}

# lint NAME
lint() {
    python3 tools/lint.py --root "$seeds" "$1"
}

long_function() {
    {
        printf 'int long_function(int x);\nint long_function(int x)\n{\n'
        i=0
        while [ $i -lt 61 ]; do
            echo '    x += x;'
            i=$((i + 1))
        done
        printf '    return x;\n}\n'
    } >"$seeds/long.c"
    clang-tidy-14 --quiet --config-file=.clang-tidy "$seeds/long.c" --
}

say 'negative tests'
caught leak LeakSanitizer program \
    'int main(int n, char **v) { char *p = malloc(9); p[0] = v[1][0]; p = NULL; return n - 2; }'
caught overflow heap-buffer-overflow program \
    'int main(int n, char **v) { char *p = malloc(8); memset(p, n, 8); return p[8 + v[0][0] % 2]; }'
caught 'use after free' heap-use-after-free program \
    'int main(int n, char **v) { char *p = malloc(8); p[0] = v[0][0]; free(p); return p[0] + n; }'
caught 'undefined arithmetic' 'signed integer overflow' program \
    'int main(int n, char **v) { (void)v; return INT_MAX - 1 + n; }'
seed detect/a.h ''
seed decode/a.c '#include "detect/a.h"'
caught 'bad include' 'decode may not include detect' lint includes
seed decode/b.c 'void b_copy(char *to, const char *from) { strcpy(to, from); }'
caught 'banned function' 'is banned' lint bans
echo 'int x;' >"$seeds/src/base/c.c"
caught 'no licence line' 'SPDX-License-Identifier' lint spdx
seed base/d.c "$(yes '/* */' | head -n 600)"
caught 'over-long file' 'the limit is 600' lint sizes
caught 'over-long function' 'function-size' long_function
seed base/e.c 'int   e;'
caught 'bad format' 'clang-format-violations' \
    clang-format-14 --style=file:.clang-format --dry-run --Werror "$seeds/src/base/e.c"
