/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay - runs a fuzz target over files without libFuzzer: each seed whole, and cut short.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
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
        if (n > 0) {
            memcpy(copy, text.p, n);
        }
        LLVMFuzzerTestOneInput(copy, n);
    }
    return true;
}

/* Without a folder, a target is only asked whether it bears empty input. */
int main(int argc, char **argv)
{
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    if (argc < 2) {
        return 0;
    }
    struct dirent **seeds;
    int count = scandir(argv[1], &seeds, NULL, alphasort);
    struct arena *a = arena_open((size_t)2 * SEED_CAP_BYTES);
    bool ok = count > 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], seeds[i]->d_name);
        if (seeds[i]->d_name[0] != '.') {
            ok &= replay_file(path, a);
            arena_reset(a);
        }
        free(seeds[i]);
    }
    free(seeds);
    arena_close(a);
    return ok ? 0 : 1;
}
