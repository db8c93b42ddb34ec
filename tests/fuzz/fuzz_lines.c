/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records do not depend on how the stream is cut into blocks: the first byte chooses the mode,
 * the second the blocks, the rest is the stream, heard once whole and once in blocks.
 */
#include "base/hash.h"
#include "decode/json.h"
#include "decode/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    uint64_t digest; /* of all that was delivered, in order */
    uint64_t end;    /* of the last record */
    enum lines_mode mode;
};

static void add(struct heard *h, struct bytes b)
{
    h->digest = hash_64(b, h->digest);
}

static void on_record(void *context, const struct lines_record *r)
{
    struct heard *h = context;
    uint64_t numbers[2] = {r->offset, r->line};
    add(h, r->bytes);
    add(h, (struct bytes){(const uint8_t *)numbers, sizeof(numbers)});
    check(r->bytes.n != 0 && r->bytes.n <= LINES_MAX_RECORD_BYTES);
    check(r->offset >= h->end);
    h->end = r->offset + r->bytes.n;
    if (h->mode == LINES_JSON_SEQ) {
        check(!rc_failed(json_check(str_bytes(r->bytes))));
    }
}

static void on_problem(void *context, const struct problem *p)
{
    struct heard *h = context;
    uint64_t numbers[4] = {p->rc.code, p->rc.at, p->offset, p->number};
    add(h, (struct bytes){(const uint8_t *)numbers, sizeof(numbers)});
}

static uint64_t hear(enum lines_mode mode, struct bytes in, size_t block)
{
    struct heard h = {.mode = mode};
    struct lines_sink sink = {&h, on_record, on_problem};
    struct lines *l = lines_open(mode, &sink, 0);
    while (in.n != 0) {
        size_t n = in.n < block ? in.n : block;
        lines_feed(l, (struct bytes){in.p, n});
        in = (struct bytes){in.p + n, in.n - n};
    }
    lines_end(l);
    lines_close(l);
    return h.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    enum lines_mode mode = data[0] % 2 == 0 ? LINES_JSON_SEQ : LINES_PLAIN;
    struct bytes in = {data + 2, size - 2};
    check(hear(mode, in, in.n + 1) == hear(mode, in, (size_t)data[1] % 31 + 1));
    (void)lines_sniff(in);
    return 0;
}
