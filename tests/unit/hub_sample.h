/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hub_sample - a hub with a real store and without processes: what it sends is kept, each
 * message as the bytes that would have gone out.
 */
#ifndef TESTS_UNIT_HUB_SAMPLE_H
#define TESTS_UNIT_HUB_SAMPLE_H

#include "ledger_sample.h"

#include "base/vec.h"
#include "ledger/hub_parts.h"

struct hub_sent {
    enum role peer;
    struct buf frame;
    bool taken;
};

struct hub_sample {
    struct sample disk; /* its store is closed: the hub has the folder */
    struct hub *hub;
    VEC(struct hub_sent) sent;
    struct buf log;
    struct wire_message m; /* the last one taken */
};

static inline void hub_sample_send(void *context, enum role peer, const struct wire_message *m)
{
    struct hub_sample *h = context;
    struct hub_sent sent = {.peer = peer};
    assert_true(wire_permitted(m->type, ROLE_LEDGER, peer));
    wire_encode(&sent.frame, m);
    vec_push(&h->sent, sent);
}

static inline void hub_sample_log(void *context, enum station_level level, struct str line)
{
    struct hub_sample *h = context;
    (void)level;
    buf_put(&h->log, line);
    buf_putc(&h->log, '\n');
}

static inline struct rc hub_sample_open(struct hub_sample *h)
{
    const struct hub_output output = {h, hub_sample_send, hub_sample_log};
    return hub_io_open(h->disk.folder, sample_origin, &output, &h->hub);
}

static inline struct hub_sample *hub_sample_make(void)
{
    struct hub_sample *h = heap_zalloc(1, sizeof(*h));
    sample_make(&h->disk);
    sample_close(&h->disk);
    assert_ok(hub_sample_open(h));
    return h;
}

static inline void hub_sample_forget(struct hub_sample *h)
{
    for (size_t i = 0; i < h->sent.n; i++) {
        buf_free(&h->sent.p[i].frame);
    }
    h->sent.n = 0;
    buf_clear(&h->log);
}

static inline void hub_sample_reopen(struct hub_sample *h)
{
    hub_io_close(h->hub);
    hub_sample_forget(h);
    assert_ok(hub_sample_open(h));
}

static inline void hub_sample_end(struct hub_sample *h)
{
    hub_io_close(h->hub);
    hub_sample_forget(h);
    vec_free(&h->sent);
    buf_free(&h->log);
    sample_end(&h->disk);
    heap_free(h);
}

/* Is there a message for this peer? Then the next one is h->m. */
static inline bool hub_sample_take(struct hub_sample *h, enum role peer)
{
    for (size_t i = 0; i < h->sent.n; i++) {
        struct hub_sent *sent = &h->sent.p[i];
        if (sent->peer == peer && !sent->taken) {
            sent->taken = true;
            assert_ok(wire_decode(bytes_of(buf_str(&sent->frame)), ROLE_LEDGER, peer, &h->m));
            return true;
        }
    }
    return false;
}

#define hub_sample_want(h, peer, wanted)                                                       \
    do {                                                                                       \
        assert_true(hub_sample_take(h, peer));                                                 \
        assert_int_equal((h)->m.type, WIRE_##wanted);                                          \
    } while (0)

static inline struct rc hub_sample_say(struct hub_sample *h, enum role peer,
                                       const struct wire_message *m)
{
    AUTO_BUF frame = {0};
    struct wire_message copy;
    wire_encode(&frame, m);
    struct rc rc = wire_decode(bytes_of(buf_str(&frame)), peer, ROLE_LEDGER, &copy);
    return rc_failed(rc) ? rc : hub_io_message(h->hub, peer, &copy);
}

static inline struct rc hub_sample_source(struct hub_sample *h, enum role peer,
                                          const char *name)
{
    struct wire_message m = {
        .type = WIRE_SOURCE_OPEN,
        .source_open = {.name = str_of(name), .kind = 1, .trust = TRUST_DAEMON}};
    return hub_sample_say(h, peer, &m);
}

/* A batch of `count` records of `bytes` bytes each, which begin with a number from `from` on.
 */
static inline struct rc hub_sample_records(struct hub_sample *h, uint64_t seq, uint32_t from,
                                           uint32_t count, size_t bytes)
{
    AUTO_BUF list = {0};
    struct wire_message m = {
        .type = WIRE_STORE_RECORDS,
        .store_records = {
            .source = 1, .seq = seq, .cursor = bytes_of(STR("there")), .count = count}};
    for (uint32_t i = 0; i < count; i++) {
        AUTO_BUF record = {0};
        buf_u64(&record, from + i);
        buf_putc(&record, ' ');
        buf_fill(&record, 'x', bytes - record.n);
        wire_list_put(&list, bytes_of(buf_str(&record)));
    }
    m.store_records.records = bytes_of(buf_str(&list));
    return hub_sample_say(h, ROLE_INGEST, &m);
}

static inline void hub_sample_json(enum fact_kind kind, const uint8_t *key, uint64_t number,
                                   struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    fact_begin(&w, kind, key, (struct walltime){.us = 1795514400000000, .digits = 6});
    jsonw_key_u64(&w, "number", number);
    fact_end(&w);
}

/* The fact of this kind with this number. */
static inline struct rc hub_sample_fact(struct hub_sample *h, enum role peer,
                                        enum fact_kind kind, uint64_t number, bool sync)
{
    AUTO_BUF json = {0};
    struct wire_message m = {.type = WIRE_STORE_FACT,
                             .store_fact = {.kind = (uint8_t)kind, .sync = sync}};
    for (size_t i = 0; i < 8; i++) {
        m.store_fact.key[i] = (uint8_t)(number >> 8 * i);
    }
    m.store_fact.key[15] = (uint8_t)kind;
    hub_sample_json(kind, m.store_fact.key, number, &json);
    m.store_fact.json = buf_str(&json);
    return hub_sample_say(h, peer, &m);
}

static inline void hub_sample_subscribe(struct hub_sample *h, enum role peer, uint32_t kinds,
                                        uint64_t from)
{
    struct wire_message m = {.type = WIRE_SUBSCRIBE, .subscribe = {kinds, from}};
    assert_ok(hub_sample_say(h, peer, &m));
}

static inline struct rc hub_sample_credit(struct hub_sample *h, enum role peer,
                                          uint64_t position)
{
    struct wire_message m = {.type = WIRE_FACT_CREDIT, .fact_credit = {position}};
    return hub_sample_say(h, peer, &m);
}

static inline void hub_sample_read(struct hub_sample *h, uint64_t window_s)
{
    struct wire_message m = {.type = WIRE_READ_RECORDS, .read_records = {window_s}};
    assert_ok(hub_sample_say(h, ROLE_DETECT, &m));
}

static inline struct rc hub_sample_done(struct hub_sample *h, uint64_t next)
{
    struct wire_message m = {.type = WIRE_RECORDS_DONE, .records_done = {next}};
    return hub_sample_say(h, ROLE_DETECT, &m);
}

/* As often as the hub wants to be called at once. */
static inline void hub_sample_idle(struct hub_sample *h)
{
    for (size_t i = 0; i < 10000; i++) {
        struct instant next = hub_io_idle(h->hub);
        if (next.ns == 0 || next.ns > clock_now().ns) {
            return;
        }
    }
    fail_msg("the hub does not come to rest");
}

#endif
