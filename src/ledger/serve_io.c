/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/serve_io.h"

static void send(struct hub *hub, enum role peer, const struct wire_message *m)
{
    hub->out.send(hub->out.context, peer, m);
}

void serve_io_forget(struct hub *hub, enum role peer)
{
    reader_io_close(hub->readings[peer].reader);
    hub->readings[peer] = (struct hub_reading){0};
}

void serve_io_fact(struct hub *hub, const struct wire_store_fact *fact, uint64_t position)
{
    struct wire_message m = {
        .type = WIRE_FACT,
        .fact = {.position = position, .kind = fact->kind, .json = fact->json}};
    memcpy(m.fact.key, fact->key, FACT_KEY_BYTES);
    for (enum role peer = 0; peer < ROLE_COUNT; peer++) {
        struct subscribe *s = &hub->subscribers[peer];
        if (s->on && s->live && subscribe_take(s, position, fact->kind) == SUBSCRIBE_SEND) {
            send(hub, peer, &m);
        }
    }
}

/* The store cannot be read: another process looks at all of it, and says where it is damaged.
 */
static void unreadable(struct hub *hub, enum role peer, struct rc rc)
{
    AUTO_BUF line = {0};
    const struct reader *reader = hub->readings[peer].reader;
    struct damage damage = reader == NULL ? (struct damage){0} : reader_io_damage(reader);
    buf_printf(&line, "ledger.unreadable for=%s errno=%u text=\"", role_name(peer).p, rc.sys);
    if (damage.kind != DAMAGE_NONE) {
        damage_text(&damage, &line);
        buf_puts(&line, "; ");
    } else {
        buf_printf(&line, "what was stored cannot be read (it %s); ", rc_text(rc));
    }
    buf_puts(&line, "the ledger is opened anew\"");
    hub->out.log(hub->out.context, STATION_ERROR, buf_str(&line));
    hub->over = true;
}

/* The next entry for a peer; READER_END too when the store cannot be read. */
static enum reader_step next_entry(struct hub *hub, enum role peer, uint64_t from,
                                   size_t *batches)
{
    struct hub_reading *r = &hub->readings[peer];
    enum batch_kind kind = peer == ROLE_DETECT ? BATCH_RECORDS : BATCH_FACTS;
    enum reader_step step = READER_ENTRY;
    struct rc rc = RC_OK;
    if (r->held) {
        return READER_ENTRY;
    }
    if (r->reader == NULL) {
        rc = reader_io_open(hub->store, from, &r->reader);
    }
    rc = rc_failed(rc) ? rc : reader_io_next_of(r->reader, kind, batches, &r->entry, &step);
    if (rc_failed(rc)) {
        unreadable(hub, peer, rc);
        return READER_END;
    }
    r->held = step == READER_ENTRY;
    return step;
}

static void send_stored_fact(struct hub *hub, enum role peer, const struct reader_entry *e)
{
    struct wire_message m = {.type = WIRE_FACT,
                             .fact = {.position = e->position,
                                      .kind = e->entry.kind,
                                      .json = str_bytes(e->entry.bytes)}};
    memcpy(m.fact.key, e->entry.key, FACT_KEY_BYTES);
    send(hub, peer, &m);
}

/* Nothing more is synced. A subscriber is live when nothing unsynced is left out either. */
static bool end_of_facts(struct hub *hub, enum role peer)
{
    struct subscribe *s = &hub->subscribers[peer];
    uint64_t edge = store_io_synced(hub->store);
    if (hub->over) {
        return false;
    }
    if (edge < store_io_next(hub->store) && !hub_is_sick(hub)) {
        timing_wait(&hub->timing, clock_now());
        return true;
    }
    serve_io_forget(hub, peer);
    if (subscribe_caught_up(s, edge)) {
        struct wire_message m = {.type = WIRE_CAUGHT_UP, .caught_up = {.position = edge}};
        send(hub, peer, &m);
    }
    return false;
}

static bool behind_facts(struct hub *hub, enum role peer)
{
    struct subscribe *s = &hub->subscribers[peer];
    struct hub_reading *r = &hub->readings[peer];
    size_t batches = SERVE_BATCHES;
    for (size_t i = 0; i < SUBSCRIBE_CREDIT; i++) {
        enum reader_step step = next_entry(hub, peer, s->next, &batches);
        if (step == READER_END) {
            return end_of_facts(hub, peer);
        }
        if (step == READER_PAUSE) {
            return true;
        }
        /* what no STORE_FACT can have brought is no fact */
        bool fact =
            r->entry.entry.kind < FACT_KIND_COUNT && r->entry.entry.bytes.n <= FACT_CAP_BYTES;
        uint8_t kind = fact ? r->entry.entry.kind : UINT8_MAX;
        enum subscribe_step take = subscribe_take(s, r->entry.position, kind);
        if (take == SUBSCRIBE_FULL) {
            return false; /* FACT_CREDIT wakes it */
        }
        r->held = false;
        if (take == SUBSCRIBE_SEND) {
            send_stored_fact(hub, peer, &r->entry);
        }
    }
    return true;
}

/* One frame for detect; the list of records borrows. */
struct frame {
    uint64_t first;
    uint32_t source, count;
    struct str name;
    int64_t received_us;
    struct bytes records;
};

static void send_frame(struct hub *hub, const struct frame *f)
{
    const struct roster_source *source = roster_of(&hub->roster, f->source);
    struct wire_message m = {
        .type = WIRE_RECORDS,
        .records = {.first = f->first,
                    .source = f->source,
                    .name = f->name,
                    .kind = source == NULL ? 0 : source->kind,
                    .trust = source == NULL ? (uint8_t)TRUST_NONE : source->trust,
                    .received_us = f->received_us,
                    .replay = f->first < hub->feed.asked,
                    .count = f->count,
                    .records = f->records}};
    feed_sent(&hub->feed, f->first, f->count);
    send(hub, ROLE_DETECT, &m);
}

/* As much of the list as goes in a frame. */
static void cut_frame(struct bytes *left, struct frame *f)
{
    struct bytes start = *left, rest = *left, item;
    f->count = 0;
    while (wire_list_next(&rest, &item) &&
           (f->count == 0 || start.n - rest.n <= FEED_FRAME_BYTES)) {
        f->count++;
        *left = rest;
    }
    f->records = (struct bytes){start.p, start.n - left->n};
}

/* False: too much is under way; from `next` on it is read from the store later. */
static bool send_kept(struct hub *hub, const struct hub_kept *k)
{
    const struct roster_source *source = roster_of(&hub->roster, k->source);
    struct str all = str_upto(buf_str(&hub->kept_bytes), k->offset + k->bytes);
    struct bytes left = bytes_of(str_from(all, k->offset));
    struct frame f = {.first = k->first,
                      .source = k->source,
                      .name = roster_name(source),
                      .received_us = k->received_us};
    while (left.n > 0) {
        if (feed_room(&hub->feed, f.first) != UINT64_MAX) {
            hub->feed.next = f.first;
            return false;
        }
        cut_frame(&left, &f);
        send_frame(hub, &f);
        f.first += f.count;
    }
    return true;
}

void serve_io_kept(struct hub *hub)
{
    for (size_t i = 0; i < hub->kept.n && hub->feed.live; i++) {
        hub->feed.live = send_kept(hub, &hub->kept.p[i]);
    }
    hub->kept.n = 0;
    buf_clear(&hub->kept_bytes);
}

static void say_skipped(struct hub *hub, const struct reader_entry *e, const char *why)
{
    AUTO_BUF line = {0};
    struct str name = batch_name(e->header);
    buf_printf(&line, "ledger.skipped position=%llu source=", (unsigned long long)e->position);
    buf_put(&line, name); /* of [a-z0-9.-] */
    buf_printf(&line, " text=\"this record is not looked at: %s\"", why);
    hub->out.log(hub->out.context, STATION_ERROR, buf_str(&line));
}

/* True: the entry at hand is passed over. */
static bool pass_over(struct hub *hub, const struct reader_entry *e)
{
    if (e->entry.bytes.n > FEED_RECORD_BYTES) {
        say_skipped(hub, e, "it is longer than a message; tocsin did not write it");
    } else if (feed_skips(&hub->feed, e->position)) {
        say_skipped(hub, e, "detect ended twice when it came");
    } else {
        return false;
    }
    hub->feed.next = e->position + 1;
    return true;
}

/* Does the entry at hand go in the frame? Then it is added. */
static bool add_record(struct hub *hub, struct frame *f, uint64_t room)
{
    const struct reader_entry *e = &hub->readings[ROLE_DETECT].entry;
    size_t n = e->entry.bytes.n;
    if (f->count == 0) {
        f->first = e->position;
        f->source = e->header->source;
        f->received_us = e->header->time.us;
        buf_clear(&hub->frame);
    } else if (f->count == room || e->position != f->first + f->count ||
               e->position == e->header->first || /* of another batch */
               hub->frame.n + n + sizeof(uint32_t) > FEED_FRAME_BYTES ||
               n > FEED_RECORD_BYTES || feed_skips(&hub->feed, e->position)) {
        return false;
    }
    wire_list_put(&hub->frame, e->entry.bytes);
    f->count++;
    return true;
}

/* Of what is at hand and follows it in the same batch. */
static void build_frame(struct hub *hub, uint64_t room, size_t *batches)
{
    struct hub_reading *r = &hub->readings[ROLE_DETECT];
    struct frame f = {0};
    char name[BATCH_NAME_BYTES];
    size_t name_n = r->entry.header->name_n;
    memcpy(name, r->entry.header->name, name_n); /* reading on changes the header */
    while (add_record(hub, &f, room)) {
        r->held = false;
        if (next_entry(hub, ROLE_DETECT, 0, batches) != READER_ENTRY) {
            break;
        }
    }
    f.name = (struct str){name, name_n};
    f.records = bytes_of(buf_str(&hub->frame));
    send_frame(hub, &f);
}

static bool end_of_records(struct hub *hub)
{
    if (hub->over) {
        return false;
    }
    if (hub->unsynced_records && !hub_is_sick(hub)) {
        timing_wait(&hub->timing, clock_now()); /* hub_io_idle syncs, and comes here again */
        return false;
    }
    uint64_t edge = store_io_synced(hub->store);
    serve_io_forget(hub, ROLE_DETECT);
    hub->feed.live = true;
    hub->feed.next = edge > hub->feed.next ? edge : hub->feed.next;
    return false;
}

static bool behind_records(struct hub *hub)
{
    struct hub_reading *r = &hub->readings[ROLE_DETECT];
    size_t batches = SERVE_BATCHES;
    for (size_t i = 0; i < SERVE_FRAMES; i++) {
        enum reader_step step = next_entry(hub, ROLE_DETECT, hub->feed.next, &batches);
        if (step == READER_END) {
            return end_of_records(hub);
        }
        if (step == READER_PAUSE) {
            return true;
        }
        if (pass_over(hub, &r->entry)) {
            r->held = false;
            continue;
        }
        uint64_t room = feed_room(&hub->feed, r->entry.position);
        if (room == 0) {
            return false; /* RECORDS_DONE wakes it */
        }
        build_frame(hub, room, &batches);
    }
    return true;
}

bool serve_io_behind(struct hub *hub)
{
    bool more = false;
    for (enum role peer = 0; peer < ROLE_COUNT && !hub->over; peer++) {
        const struct subscribe *s = &hub->subscribers[peer];
        if (s->on && !s->live) {
            more |= behind_facts(hub, peer);
        }
    }
    if (hub->feed.on && !hub->feed.live && !hub->over) {
        more |= behind_records(hub);
    }
    return more;
}
