/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_sample - ledgers in folders of their own, for the tests that need one.
 */
#ifndef TESTS_UNIT_LEDGER_SAMPLE_H
#define TESTS_UNIT_LEDGER_SAMPLE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/folder.h"
#include "ledger/reader_io.h"
#include "ledger/store_io.h"

struct sample {
    char path[64];
    int folder;
    struct store *store;
    struct store_report report;
    uint64_t seq;
    int64_t now_us;
};

static const struct str sample_origin = STR_INIT("test.example/ledger");

static inline struct rc sample_reopen(struct sample *s)
{
    return store_io_open(s->folder, sample_origin, &s->report, &s->store);
}

static inline void sample_close(struct sample *s)
{
    store_io_close(s->store);
    s->store = NULL;
}

static inline void sample_make(struct sample *s)
{
    /* in memory where there is such a place: these tests sync thousands of times */
    *s = (struct sample){.path = "/dev/shm/tocsin-ledger-XXXXXX", .now_us = 1795514400000000};
    if (mkdtemp(s->path) == NULL) {
        (void)snprintf(s->path, sizeof(s->path), "/tmp/tocsin-ledger-XXXXXX");
        assert_non_null(mkdtemp(s->path));
    }
    assert_ok(folder_open(s->path, &s->folder));
    assert_ok(sample_reopen(s));
}

static inline void sample_unlink(void *context, struct str name)
{
    char text[256];
    const struct sample *s = context;
    (void)snprintf(text, sizeof(text), "%.*s", (int)name.n, name.p);
    assert_int_equal(unlinkat(s->folder, text, 0), 0);
}

static inline void sample_empty(struct sample *s)
{
    assert_ok(folder_each(s->folder, sample_unlink, s));
}

static inline void sample_end(struct sample *s)
{
    sample_close(s);
    sample_empty(s);
    close(s->folder);
    assert_int_equal(rmdir(s->path), 0);
}

static inline struct payload_entry sample_entry(const char *text)
{
    return (struct payload_entry){.bytes = bytes_of(str_of(text))};
}

/* A batch of records "text 0", "text 1", …; returns the position of the first. */
static inline uint64_t sample_records(struct sample *s, const char *text, size_t count)
{
    char line[8][80];
    struct payload_entry entries[8];
    struct store_receipt receipt = {0};
    assert_true(count <= COUNT_OF(entries));
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(line[i], sizeof(line[i]), "%s %zu", text, i);
        entries[i] = sample_entry(line[i]);
    }
    struct store_records records = {.source = 3,
                                    .name = STR("sshd-auth"),
                                    .seq = ++s->seq,
                                    .cursor = bytes_of(STR("cursor")),
                                    .entries = entries,
                                    .count = count};
    s->now_us += 1000000;
    assert_ok(store_io_append_records(s->store, &records, (struct walltime){.us = s->now_us},
                                      &receipt));
    assert_false(receipt.duplicate);
    return receipt.first;
}

/* A fact whose key begins with `number`. */
static inline uint64_t sample_fact(struct sample *s, uint8_t number, const char *json)
{
    struct payload_entry fact = sample_entry(json);
    uint64_t position = UINT64_MAX;
    fact.kind = 1;
    fact.key[0] = number;
    s->now_us += 1000000;
    assert_ok(store_io_append_facts(s->store, &fact, 1, (struct walltime){.us = s->now_us},
                                    &position));
    return position;
}

/* The file's bytes. */
static inline void sample_load(const struct sample *s, const char *name, struct buf *out)
{
    buf_clear(out);
    assert_ok(folder_load(s->folder, name, (size_t)80 << 20, out));
}

static inline void sample_save(const struct sample *s, const char *name, struct str bytes)
{
    int fd = openat(s->folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_ok(file_write_all(fd, bytes_of(bytes)));
    close(fd);
}

#define SAMPLE_SEGMENT "00000000000000000000.segment"

#endif
