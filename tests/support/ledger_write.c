/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_write FOLDER < SCRIPT - makes a ledger for tests; prints the position of each entry.
 * Lines of the script: "record TEXT" and "fact JSON" append a batch of one, "batch N" one of N
 * records, "checkpoint" signs; at the end nothing is signed.
 * ledger_write --bench FOLDER COUNT - how long appending and syncing one 300-byte entry takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/heap.h"
#include "ledger/store_io.h"

enum { SCRIPT_BYTES = 1 << 20, BATCH = 64, ENTRY_BYTES = 300 };

struct writer {
    struct store *store;
    uint64_t seq;
};

static void must(struct rc rc, const char *what)
{
    if (rc_failed(rc)) {
        fprintf(stderr, "ledger_write: %s %s\n", what, rc_text(rc));
        exit(1);
    }
}

static uint64_t add_records(struct writer *w, const struct payload_entry *entries, size_t count)
{
    struct store_receipt receipt = {0};
    struct store_records records = {
        .source = 1, .name = STR("test"), .seq = ++w->seq, .entries = entries, .count = count};
    must(store_io_append_records(w->store, &records, clock_wall(), &receipt), "append");
    return receipt.first;
}

static uint64_t add_fact(struct writer *w, struct str json)
{
    uint8_t digest[HASH_SHA256_BYTES];
    uint64_t position = 0;
    struct payload_entry fact = {.bytes = bytes_of(json), .kind = 1};
    hash_sha256(bytes_of(json), digest);
    memcpy(fact.key, digest, sizeof(fact.key));
    must(store_io_append_facts(w->store, &fact, 1, clock_wall(), &position), "append");
    return position;
}

static void run_line(struct writer *w, struct str line)
{
    struct payload_entry entries[BATCH] = {0};
    uint64_t n = 0;
    if (str_starts(line, STR("record "))) {
        entries[0].bytes = bytes_of(str_from(line, 7));
        printf("%llu\n", (unsigned long long)add_records(w, entries, 1));
    } else if (str_starts(line, STR("fact "))) {
        printf("%llu\n", (unsigned long long)add_fact(w, str_from(line, 5)));
    } else if (str_starts(line, STR("batch ")) && str_to_u64(str_from(line, 6), &n)) {
        check(n <= BATCH);
        for (size_t i = 0; i < n; i++) {
            entries[i].bytes =
                bytes_of(str_upto(STR("0123456789abcdefghijklmnopqrstuvwxyz"), i));
        }
        printf("%llu\n", (unsigned long long)add_records(w, entries, n));
    } else if (str_eq(line, STR("checkpoint"))) {
        must(store_io_checkpoint(w->store), "checkpoint");
    } else {
        fprintf(stderr, "ledger_write: \"%.*s\"?\n", (int)line.n, line.p);
        exit(1);
    }
}

static void run_script(struct writer *w)
{
    AUTO_HEAP char *text = heap_alloc(SCRIPT_BYTES);
    size_t n = 0, got = 0;
    do {
        must(file_read(STDIN_FILENO, text + n, SCRIPT_BYTES - n, &got), "script");
        n += got;
    } while (got > 0);
    struct str left = {text, n};
    while (left.n > 0) {
        size_t end = str_find_char(left, '\n');
        run_line(w, str_upto(left, end));
        left = str_from(left, end == SIZE_MAX ? left.n : end + 1);
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void bench(struct writer *w, size_t count)
{
    AUTO_HEAP uint64_t *ns = heap_zalloc(count, sizeof(*ns));
    uint8_t bytes[ENTRY_BYTES];
    uint64_t append_ns = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof(bytes); k++) { /* text that packs to about two thirds */
            bytes[k] =
                (uint8_t)(' ' + (uint8_t)(hash_64((struct bytes){(uint8_t *)&k, 8}, i) % 32));
        }
        struct payload_entry entry = {.bytes = {bytes, sizeof(bytes)}};
        uint64_t start = clock_now().ns;
        (void)add_records(w, &entry, 1);
        append_ns += clock_now().ns - start;
        must(store_io_sync(w->store), "sync");
        ns[i] = clock_now().ns - start;
    }
    qsort(ns, count, sizeof(*ns), by_value);
    printf(
        "%zu entries: append and sync p50 %llu us, p99 %llu us, longest %llu us; of it append "
        "%llu us\n",
        count, (unsigned long long)ns[count / 2] / 1000,
        (unsigned long long)ns[count * 99 / 100] / 1000,
        (unsigned long long)ns[count - 1] / 1000, (unsigned long long)append_ns / count / 1000);
}

int main(int argc, char **argv)
{
    struct writer w = {0};
    struct store_report report;
    int folder = -1;
    uint64_t count = 0;
    bool measure = argc == 4 && str_eq(str_of(argv[1]), STR("--bench")) &&
                   str_to_u64(str_of(argv[3]), &count) && count > 0;
    if (argc != 2 && !measure) {
        fprintf(stderr, "usage: ledger_write FOLDER < SCRIPT\n");
        return 2;
    }
    must(folder_make(argv[measure ? 2 : 1], 0750, &folder), "folder");
    must(store_io_open(folder, STR("test.example/ledger"), &report, &w.store), "open");
    const struct index_source *source = index_find_source(store_io_index(w.store), 1);
    w.seq = source == NULL ? 0 : source->seq;
    if (measure) {
        bench(&w, count);
    } else {
        run_script(&w);
    }
    store_io_close(w.store);
    close(folder);
    return 0;
}
