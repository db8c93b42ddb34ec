/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The input as an entry of the journal, its fields apart at byte 0xFE (a 0xFD before it repeats
 * the field's last byte 8192 times): what is printed is a line of JSON that fits a record, the
 * same whatever the order of the fields.
 */
#include "base/heap.h"
#include "decode/json.h"
#include "ingest/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { APART = 0xFE, LONG = 0xFD, LONG_BYTES = 8192, FIELDS = 300 };

static size_t split(struct str text, struct buf *room, struct str *out)
{
    size_t count = 0, starts[FIELDS + 1];
    while (count < FIELDS && (text.n > 0 || count == 0)) {
        size_t end = str_find_char(text, (char)APART);
        struct str field = str_upto(text, end);
        starts[count++] = room->n;
        bool grows = field.n > 1 && (uint8_t)field.p[field.n - 1] == LONG;
        buf_put(room, str_upto(field, field.n - grows));
        buf_fill(room, grows ? field.p[field.n - 2] : ' ', grows ? LONG_BYTES : 0);
        text = end == SIZE_MAX ? STR("") : str_from(text, end + 1);
    }
    starts[count] = room->n;
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct str){room->p + starts[i], starts[i + 1] - starts[i]};
    }
    return count;
}

static void print(const struct str *fields, size_t count, bool backwards, struct buf *out)
{
    AUTO_ARENA a = arena_open(JOURNAL_ARENA_BYTES);
    struct journal_entry e = {.fields = heap_zalloc(JOURNAL_FIELDS, sizeof(*e.fields))};
    for (size_t i = 0; i < count; i++) {
        struct str f = fields[backwards ? count - 1 - i : i];
        check(!rc_failed(journal_put(&e, bytes_of(f), a)));
    }
    journal_print(&e, out);
    heap_free(e.fields);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str fields[FIELDS];
    AUTO_BUF room = {0}, out = {0}, again = {0};
    buf_reserve(&room, 1);
    size_t count = split((struct str){(const char *)data, size}, &room, fields);
    print(fields, count, false, &out);
    print(fields, count, true, &again);
    check(out.n <= RECORD_CAP_BYTES && !rc_failed(json_check(buf_str(&out))));
    check(str_find_char(buf_str(&out), '\n') == SIZE_MAX);
    check(str_eq(buf_str(&out), buf_str(&again)));
    return 0;
}
