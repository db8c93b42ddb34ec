/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/batch.h"

#include "base/base64.h"
#include "ledger/text.h"

bool batch_name_valid(struct str name)
{
    if (name.n == 0 || name.n > BATCH_NAME_BYTES) {
        return false;
    }
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!(c >= 'a' && c <= 'z') && !str_is_digit(c) && c != '.' && c != '-') {
            return false;
        }
    }
    return true;
}

bool batch_valid(const struct batch_header *header)
{
    static const int64_t year_10000_us = INT64_C(253402300800) * 1000000;
    bool common = header->count > 0 && header->count <= BATCH_MAX_ENTRIES &&
                  header->first <= UINT64_MAX - header->count && header->time.us >= 0 &&
                  header->time.us < year_10000_us;
    return common && (header->kind == BATCH_FACTS ||
                      (header->seq > 0 && batch_name_valid(batch_name(header)) &&
                       header->cursor_n <= BATCH_CURSOR_BYTES));
}

static void put_records(const struct batch_header *header, struct buf *out)
{
    buf_puts(out, "source ");
    buf_u64(out, header->source);
    buf_putc(out, ' ');
    buf_put(out, batch_name(header));
    buf_puts(out, "\nseq ");
    buf_u64(out, header->seq);
    buf_puts(out, "\ncursor ");
    if (header->cursor_n == 0) {
        buf_putc(out, '-');
    }
    base64_put(out, batch_cursor(header));
    buf_putc(out, '\n');
}

void batch_encode(const struct batch_header *header, struct buf *out)
{
    struct walltime time = {.us = header->time.us, .digits = 6};
    buf_puts(out, "tocsin-batch/v1\nkind ");
    buf_puts(out, header->kind == BATCH_RECORDS ? "records" : "facts");
    buf_puts(out, "\nfirst ");
    buf_u64(out, header->first);
    buf_puts(out, "\ncount ");
    buf_u64(out, header->count);
    buf_puts(out, "\ntime ");
    walltime_format(out, time);
    buf_putc(out, '\n');
    if (header->kind == BATCH_RECORDS) {
        put_records(header, out);
    }
    buf_puts(out, "root ");
    base64_put(out, (struct bytes){header->root.b, sizeof(header->root.b)});
    buf_putc(out, '\n');
}

static uint32_t parse_u32(struct text *t, struct str s)
{
    uint64_t v = text_u64(t, s);
    t->fault |= v > UINT32_MAX;
    return (uint32_t)v;
}

static void parse_records(struct text *t, struct batch_header *out)
{
    struct str source = text_value(t, STR("source"));
    size_t blank = str_find_char(source, ' ');
    struct str name = blank == SIZE_MAX ? STR("") : str_from(source, blank + 1);
    out->source = parse_u32(t, str_upto(source, blank));
    if (!batch_name_valid(name)) {
        t->fault = true;
        return;
    }
    memcpy(out->name, name.p, name.n);
    out->name_n = name.n;
    struct str seq = text_value(t, STR("seq"));
    out->seq = text_u64(t, seq);
    struct str cursor = text_value(t, STR("cursor"));
    if (!str_eq(cursor, STR("-")) &&
        !base64_get(cursor, out->cursor, sizeof(out->cursor), &out->cursor_n)) {
        t->fault = true;
    }
}

struct rc batch_parse(struct str in, struct batch_header *out)
{
    struct text t = text_of(in);
    struct batch_header header = {0};
    if (in.n > BATCH_HEADER_BYTES) {
        return rc_at(ERR_TOO_LONG, BATCH_HEADER_BYTES);
    }
    text_literal(&t, STR("tocsin-batch/v1"));
    struct str kind = text_value(&t, STR("kind"));
    header.kind = str_eq(kind, STR("facts")) ? BATCH_FACTS : BATCH_RECORDS;
    struct str first = text_value(&t, STR("first"));
    header.first = text_u64(&t, first);
    struct str count = text_value(&t, STR("count"));
    header.count = parse_u32(&t, count);
    struct str time = text_value(&t, STR("time"));
    t.fault |= !walltime_parse(time, &header.time);
    header.time.below = 0;
    if (header.kind == BATCH_RECORDS && !t.fault) {
        parse_records(&t, &header);
    }
    struct str root = text_value(&t, STR("root"));
    text_hash(&t, root, &header.root);
    TRY(text_done(&t));
    if (!batch_valid(&header)) {
        return rc_make(ERR_MALFORMED);
    }
    /* whatever was read in two ways above is settled here: there is one text */
    AUTO_BUF again = {0};
    batch_encode(&header, &again);
    if (!str_eq(buf_str(&again), in)) {
        return rc_make(ERR_MALFORMED);
    }
    *out = header;
    return RC_OK;
}
