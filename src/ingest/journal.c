/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/journal.h"

#include "base/jsonw.h"
#include "base/unicode.h"

#include <stdlib.h>

/* How much of an entry is printed. */
enum extent { EXTENT_ALL, EXTENT_TRUSTED, EXTENT_NEEDED, EXTENT_COUNT };

enum {
    SHORT_VALUE_BYTES = 1024, /* of a value, as printed, when not all fits */
    CUT_ROOM_BYTES = 8,       /* for quotes and the mark */
};

static const struct str message_name = STR_INIT("MESSAGE");

/* What decoders look at, and what says where the entry is. */
static const struct str needed[] = {
    STR_INIT("MESSAGE"),     STR_INIT("PRIORITY"),
    STR_INIT("SYSLOG_PID"),  STR_INIT("SYSLOG_IDENTIFIER"),
    STR_INIT("_BOOT_ID"),    STR_INIT("SYSLOG_FACILITY"),
    STR_INIT("_COMM"),       STR_INIT("_EXE"),
    STR_INIT("_HOSTNAME"),   STR_INIT("_PID"),
    STR_INIT("_UID"),        STR_INIT("_SYSTEMD_UNIT"),
    STR_INIT("_TRANSPORT"),  STR_INIT("_SOURCE_REALTIME_TIMESTAMP"),
    STR_INIT("__CURSOR"),    STR_INIT("__REALTIME_TIMESTAMP"),
    STR_INIT("_MACHINE_ID"),
};

static bool is_needed(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        if (str_eq(name, needed[i])) {
            return true;
        }
    }
    return false;
}

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool upper = s.p[i] >= 'A' && s.p[i] <= 'Z';
        if (!upper && !str_is_digit(s.p[i]) && s.p[i] != '_') {
            return false;
        }
    }
    return s.n > 0 && s.n <= JOURNAL_NAME_BYTES;
}

struct rc journal_put(struct journal_entry *e, struct bytes data, struct arena *a)
{
    struct str text = str_bytes(data);
    size_t end = str_find_char(text, '=');
    struct str name = str_upto(text, end == SIZE_MAX ? 0 : end);
    if (!is_name(name) || e->count == JOURNAL_FIELDS) {
        e->dropped++;
        return RC_OK;
    }
    struct str value = str_from(text, end + 1);
    bool message = str_eq(name, message_name);
    size_t cap = message ? JOURNAL_MESSAGE_BYTES : JOURNAL_VALUE_BYTES;
    struct journal_field f = {.long_value = value.n >= cap};
    TRY(arena_copy(a, name, &f.name));
    TRY(arena_copy(a, message || !f.long_value ? str_upto(value, cap) : STR(""), &f.value));
    e->fields[e->count++] = f;
    return RC_OK;
}

static int compare(const void *a, const void *b)
{
    const struct journal_field *x = a, *y = b;
    int order = str_compare(x->name, y->name);
    order = order != 0 ? order : str_compare(x->value, y->value);
    return order != 0 ? order : x->long_value - y->long_value;
}

/* Text without control characters but tab and newline. */
static bool is_printable(struct str s)
{
    if (!unicode_is_utf8(s)) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        bool control = c < ' ' || c == 0x7F;
        /* U+0080 to U+009F are C2 80 to C2 9F */
        bool late = c == 0xC2 && (uint8_t)s.p[i + 1] < 0xA0;
        if ((control && c != '\t' && c != '\n') || late) {
            return false;
        }
    }
    return true;
}

static void print_text(struct jsonw *w, struct str s)
{
    if (is_printable(s)) {
        jsonw_str(w, s);
        return;
    }
    jsonw_array(w);
    for (size_t i = 0; i < s.n; i++) {
        jsonw_u64(w, (uint8_t)s.p[i]);
    }
    jsonw_end_array(w);
}

/* MESSAGE, cut so that what is printed has at most JOURNAL_MESSAGE_BYTES. */
static void print_message(struct jsonw *w, const struct journal_field *f)
{
    const struct jsonw start = *w;
    size_t n = w->out->n, keep = f->value.n - (f->long_value ? CUT_ROOM_BYTES : 0);
    bool whole = !f->long_value;
    do {
        AUTO_BUF text = {0};
        buf_put(&text, whole ? f->value : unicode_cut(f->value, keep));
        buf_puts(&text, whole ? "" : RECORD_CUT_MARK);
        w->out->n = n;
        *w = start;
        print_text(w, buf_str(&text));
        whole = false;
        keep /= 2;
    } while (w->out->n - n > JOURNAL_MESSAGE_BYTES);
}

static void print_value(struct jsonw *w, const struct journal_field *f, enum extent extent)
{
    struct jsonw start = *w;
    size_t n = w->out->n;
    if (str_eq(f->name, message_name)) {
        print_message(w, f);
        return;
    }
    if (f->long_value) {
        jsonw_null(w);
        return;
    }
    print_text(w, f->value);
    if (extent != EXTENT_ALL && w->out->n - n > SHORT_VALUE_BYTES) {
        w->out->n = n;
        *w = start;
        jsonw_null(w);
    }
}

static bool is_wanted(struct str name, enum extent extent)
{
    bool trusted = name.p[0] == '_';
    return extent == EXTENT_ALL || is_needed(name) || (trusted && extent == EXTENT_TRUSTED);
}

static void print(const struct journal_entry *e, enum extent extent, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_object(&w);
    for (size_t i = 0, next; i < e->count; i = next) {
        const struct journal_field *f = &e->fields[i];
        for (next = i + 1; next < e->count && str_eq(e->fields[next].name, f->name);) {
            next++;
        }
        if (!is_wanted(f->name, extent)) {
            continue;
        }
        jsonw_key(&w, f->name);
        if (next == i + 1) {
            print_value(&w, f, extent);
            continue;
        }
        jsonw_array(&w);
        for (size_t k = i; k < next && extent == EXTENT_ALL; k++) {
            print_value(&w, &e->fields[k], extent);
        }
        for (size_t k = 0; k < 2 && extent != EXTENT_ALL; k++) {
            jsonw_null(&w);
        }
        jsonw_end_array(&w);
    }
    jsonw_end_object(&w);
}

void journal_print(struct journal_entry *e, struct buf *out)
{
    size_t start = out->n;
    qsort(e->fields, e->count, sizeof(e->fields[0]), compare);
    for (enum extent extent = EXTENT_ALL; extent < EXTENT_COUNT; extent++) {
        out->n = start;
        print(e, extent, out);
        if (out->n - start <= RECORD_CAP_BYTES) {
            return;
        }
    }
    check(false); /* what is needed fits: 24 KiB and 16 times little more than 1 KiB */
}
