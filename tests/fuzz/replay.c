/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay - runs a fuzz target over files without libFuzzer: each seed whole, and cut short.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/heap.h"

enum { SEED_CAP_BYTES = 16 << 20, CUTS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay_file(const char *path, struct arena *a)
{
    struct str text;
    struct rc rc = file_load(path, SEED_CAP_BYTES, a, &text);
    if (rc_failed(rc)) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    for (size_t cut = 0; cut <= CUTS; cut++) {
        size_t n = text.n * cut / CUTS;
        AUTO_HEAP uint8_t *copy = heap_alloc(n); /* exact, so that over-reads are seen */
        memcpy(copy, text.p, n);
        LLVMFuzzerTestOneInput(copy, n);
    }
    return true;
}

int main(int argc, char **argv)
{
    struct dirent **seeds;
    int count = argc == 2 ? scandir(argv[1], &seeds, NULL, alphasort) : -1;
    if (count < 0) {
        fputs("usage: replay_TARGET FOLDER-OF-SEEDS\n", stderr);
        return 2;
    }
    struct arena *a = arena_open((size_t)2 * SEED_CAP_BYTES);
    bool ok = true;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], seeds[i]->d_name);
        if (seeds[i]->d_name[0] != '.') {
            ok &= replay_file(path, a);
            arena_reset(a);
        }
    }
    arena_close(a);
    return ok ? 0 : 1;
}
