/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Real records of other people's forwarders: each is of a known shape, and the events per
 * channel and EventID are as many as the corpus says (windows-json/event-counts.tsv).
 */
#include "test.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/map.h"
#include "decode/source.h"

#include <dirent.h>
#include <stdio.h>

enum {
    SKIPPED = 77,
    TABLE_BYTES = 4 << 20,
    FILE_BYTES = 64 << 20, /* compressed */
    MAX_KEYS = 1 << 16,
};

static const char root[] = "../shared/corpora/";

/* "file\tchannel\tid" → how many were found, and how many are due. */
struct counts {
    struct map keys;
    struct arena *names;
    uint64_t found[MAX_KEYS], due[MAX_KEYS];
    uint32_t n;
    struct arena *scratch;
    const char *file;
    uint64_t problems;
};

static uint32_t key_of(struct counts *c, struct str key)
{
    uint32_t at = map_get(&c->keys, key);
    if (at == MAP_NONE) {
        struct str own;
        assert_ok(arena_copy(c->names, key, &own));
        assert_true(c->n < MAX_KEYS);
        at = map_add(&c->keys, own, c->n++);
    }
    return at;
}

static struct str text_of(struct counts *c, const struct event *e, enum field_id id)
{
    struct str text = STR("");
    for (uint32_t i = 0; i < e->count; i++) {
        if (e->fields[i].id == id) {
            assert_ok(value_text(e->fields[i].value, c->scratch, &text));
            break;
        }
    }
    return text;
}

static void on_event(void *context, const struct event *e)
{
    struct counts *c = context;
    AUTO_BUF key = {0};
    arena_reset(c->scratch);
    assert_true(walltime_known(e->time));
    assert_true(e->host.n != 0);
    buf_puts(&key, c->file);
    buf_putc(&key, '\t');
    buf_put(&key, text_of(c, e, FIELD_CHANNEL));
    buf_putc(&key, '\t');
    buf_put(&key, text_of(c, e, FIELD_EVENT_ID));
    c->found[key_of(c, buf_str(&key))]++;
}

static void on_any_event(void *context, const struct event *e)
{
    assert_true(e->logsource != LOGSOURCE_UNKNOWN);
    if (strcmp(e->shape, "azure-windows") == 0) {
        on_event(context, e);
    }
}

static void on_problem(void *context, const struct problem *p)
{
    struct counts *c = context;
    (void)p;
    c->problems++;
}

static void decode(struct counts *c, const char *path, bool windows)
{
    AUTO_ARENA a = arena_open((size_t)FILE_BYTES + (1 << 20));
    struct str in;
    assert_ok(file_load(path, FILE_BYTES, a, &in));
    struct fields *fields = fields_open();
    struct source_opts opts = {.fields = fields,
                               .sink = {c, windows ? on_event : on_any_event, on_problem}};
    struct source *s = source_open(&opts);
    assert_ok(source_feed(s, bytes_of(in)));
    assert_ok(source_end(s));
    struct source_report report;
    source_report(s, &report);
    for (size_t i = 0; i < SOURCE_MAX_SHAPES && report.shapes[i].shape != NULL; i++) {
        if (strcmp(report.shapes[i].shape, "json") == 0 && report.counts.records != 0) {
            fail_msg("%s holds records of no known shape", path);
        }
    }
    source_close(s);
    fields_close(fields);
}

static void decode_folder(struct counts *c, const char *folder, bool windows)
{
    char path[1024];
    (void)snprintf(path, sizeof(path), "%s%s", root, folder);
    DIR *d = opendir(path);
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        struct str name = str_of(e->d_name);
        if (str_find(name, STR(".jsonl")) != SIZE_MAX) {
            (void)snprintf(path, sizeof(path), "%s%s/%s", root, folder, e->d_name);
            c->file = path + sizeof(root) - 1;
            decode(c, path, windows);
        }
    }
    closedir(d);
}

static void read_due(struct counts *c)
{
    AUTO_ARENA a = arena_open((size_t)2 * TABLE_BYTES);
    struct str in;
    char path[256];
    (void)snprintf(path, sizeof(path), "%swindows-json/event-counts.tsv", root);
    assert_ok(file_load(path, TABLE_BYTES, a, &in));
    in = str_from(in, str_find_char(in, '\n') + 1); /* the header */
    while (in.n != 0) {
        size_t end = str_find_char(in, '\n');
        struct str line = str_upto(in, end);
        in = end == SIZE_MAX ? STR("") : str_from(in, end + 1);
        size_t tab = line.n;
        while (tab > 0 && line.p[tab - 1] != '\t') {
            tab--;
        }
        uint64_t due = 0;
        if (str_find(line, STR("\t\t")) != SIZE_MAX) {
            continue; /* syslog: neither channel nor EventID */
        }
        assert_true(tab != 0 && str_to_u64(str_from(line, tab), &due));
        c->due[key_of(c, str_upto(line, tab - 1))] = due;
    }
}

static void test_windows(void **state)
{
    (void)state;
    struct counts *c = heap_zalloc(1, sizeof(*c));
    c->keys.seed = hash_random_seed();
    c->names = arena_open((size_t)64 << 20);
    c->scratch = arena_open((size_t)64 << 20);
    read_due(c);
    decode_folder(c, "windows-json/otrf", true);
    decode_folder(c, "windows-json/splunk", true);
    decode_folder(c, "linux-json/otrf", false);
    decode_folder(c, "cloud-json/plaso", false);
    assert_int_equal(c->problems, 0);
    uint32_t wrong = 0;
    for (size_t i = 0; i < c->keys.room; i++) {
        const struct map_slot *slot = &c->keys.slots[i];
        if (slot->value != MAP_NONE && c->found[slot->value] != c->due[slot->value]) {
            wrong++;
            print_error("%.*s: found %lu, due %lu\n", (int)slot->key.n, slot->key.p,
                        (unsigned long)c->found[slot->value],
                        (unsigned long)c->due[slot->value]);
        }
    }
    assert_int_equal(wrong, 0);
    map_free(&c->keys);
    arena_close(c->names);
    arena_close(c->scratch);
    heap_free(c);
}

int main(void)
{
    DIR *d = opendir(root);
    if (d == NULL) {
        (void)puts("test_normal_corpus: skipped, ../shared/corpora is absent");
        return SKIPPED;
    }
    closedir(d);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_windows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
