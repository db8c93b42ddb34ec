/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/folder.h"
#include "base/heap.h"
#include "ledger/disk_io.h"
#include "ledger/hub_parts.h"
#include "ledger/serve_io.h"
#include "model/fact_read.h"

#include <errno.h>

enum {
    /* a fact of FACT_CAP_BYTES has no more text to copy than this */
    ARENA_BYTES = 1 << 20,
    PROBE_MS = 1000,
};

static const uint64_t ms_ns = 1000000;

static void say(struct hub *hub, enum station_level level, const struct buf *line)
{
    hub->out.log(hub->out.context, level, buf_str(line));
}

static void send(struct hub *hub, enum role peer, const struct wire_message *m)
{
    hub->out.send(hub->out.context, peer, m);
}

static struct instant after(struct instant now, uint64_t ms)
{
    return (struct instant){now.ns + ms * ms_ns};
}

static void say_cut(const struct hub_output *out, const struct store_report *report)
{
    AUTO_BUF line = {0};
    buf_printf(
        &line,
        "ledger.cut segment=%llu offset=%llu bytes=%llu text=\"what a crash interrupted, "
        "and nobody was told to be stored, is gone\"",
        (unsigned long long)report->cut_segment, (unsigned long long)report->cut_offset,
        (unsigned long long)report->cut_bytes);
    out->log(out->context, STATION_WARNING, buf_str(&line));
}

static void say_not_opened(const struct hub_output *out, const struct store_report *report,
                           struct rc rc)
{
    AUTO_BUF line = {0};
    if (report->damage.kind != DAMAGE_NONE) {
        buf_puts(&line, "ledger.damaged text=\"");
        damage_text(&report->damage, &line);
        buf_puts(&line, "; nothing was changed: run 'tocsin evidence verify' on the folder, "
                        "put the files back from a copy, or move the folder away as evidence "
                        "and start with an empty one\"");
    } else if (rc.code == ERR_SYSTEM && rc.sys == EWOULDBLOCK) {
        buf_puts(&line, "ledger.locked text=\"another process writes this ledger: stop it\"");
    } else {
        buf_printf(&line, "ledger.not_opened errno=%u text=\"its folder: %s\"", rc.sys,
                   rc.code == ERR_MALFORMED
                       ? "ledger.origin is no name for a ledger (no blank, no plus)"
                       : rc_text(rc));
    }
    out->log(out->context, STATION_ERROR, buf_str(&line));
}

static void load_roster(struct hub *hub)
{
    AUTO_BUF text = {0};
    roster_from_index(&hub->roster, store_io_index(hub->store));
    struct rc rc = folder_load(hub->folder, ROSTER_FILE, ROSTER_FILE_BYTES, &text);
    if (rc.code == ERR_SYSTEM && rc.sys == ENOENT) {
        return;
    }
    rc = rc_failed(rc) ? rc : roster_parse(&hub->roster, buf_str(&text));
    if (rc_failed(rc)) {
        AUTO_BUF line = {0};
        buf_printf(&line,
                   "ledger.sources at=%u errno=%u text=\"the file %s: it %s; sources have the "
                   "least trust until they are open again\"",
                   rc.at, rc.sys, ROSTER_FILE, rc_text(rc));
        say(hub, STATION_WARNING, &line);
    }
}

struct rc hub_io_open(int folder, struct str origin, const struct hub_output *output,
                      struct hub **out)
{
    struct store_report report;
    struct store *store = NULL;
    struct rc rc = store_io_open(folder, origin, &report, &store);
    if (rc_failed(rc)) {
        say_not_opened(output, &report, rc);
        return rc;
    }
    if (report.cut_bytes > 0) {
        say_cut(output, &report);
    }
    struct hub *hub = heap_zalloc(1, sizeof(*hub));
    hub->folder = folder;
    hub->store = store;
    hub->out = *output;
    hub->arena = arena_open(ARENA_BYTES);
    hub->opened_us = store_io_index(store)->latest_us;
    load_roster(hub);
    *out = hub;
    return RC_OK;
}

void hub_io_close(struct hub *hub)
{
    if (hub == NULL) {
        return;
    }
    for (enum role peer = 0; peer < ROLE_COUNT; peer++) {
        serve_io_forget(hub, peer);
    }
    if (!hub_is_sick(hub)) {
        rc_ignore(store_io_checkpoint(hub->store), "the next opening signs");
    }
    store_io_close(hub->store);
    roster_free(&hub->roster);
    vec_free(&hub->facts);
    vec_free(&hub->batches);
    vec_free(&hub->kept);
    vec_free(&hub->entries);
    buf_free(&hub->kept_bytes);
    buf_free(&hub->frame);
    arena_close(hub->arena);
    heap_free(hub);
}

bool hub_io_over(const struct hub *hub)
{
    return hub->over;
}

static void sicken(struct hub *hub, struct rc rc)
{
    AUTO_BUF line = {0};
    if (hub_is_sick(hub)) {
        return;
    }
    hub->sick = hub->probed = clock_now();
    buf_printf(&line,
               "ledger.disk errno=%u text=\"%s: nothing more is stored, and nothing is "
               "acknowledged, until it can be: make room in the ledger's folder. Containment "
               "goes on; log sources wait\"",
               rc.sys, rc_text(rc));
    say(hub, STATION_ERROR, &line);
    hub->facts.n = hub->batches.n = 0; /* their senders ask the next process */
}

/* Is the disk well again? */
static void probe(struct hub *hub, struct instant now)
{
    if (now.ns < after(hub->probed, PROBE_MS).ns) {
        return;
    }
    hub->probed = now;
    if (!rc_failed(disk_io_probe(hub->folder))) {
        AUTO_BUF line = {0};
        buf_printf(&line,
                   "ledger.disk_back after_s=%llu text=\"the disk takes data again: the ledger "
                   "is opened anew\"",
                   (unsigned long long)((now.ns - hub->sick.ns) / (1000 * ms_ns)));
        say(hub, STATION_WARNING, &line);
        hub->over = true;
    }
}

/* All that was appended is kept from now on; who waited for it is told. */
static void commit(struct hub *hub)
{
    struct rc rc = store_io_sync(hub->store);
    if (rc_failed(rc)) {
        sicken(hub, rc);
        return;
    }
    timing_synced(&hub->timing);
    hub->unsynced_records = false;
    for (size_t i = 0; i < hub->facts.n; i++) {
        struct wire_message m = {.type = WIRE_FACT_STORED,
                                 .fact_stored = hub->facts.p[i].stored};
        send(hub, hub->facts.p[i].peer, &m);
    }
    hub->facts.n = 0;
    serve_io_kept(hub);
    for (size_t i = 0; i < hub->batches.n; i++) {
        const struct hub_batch_wait *w = &hub->batches.p[i];
        struct wire_message m = {.type = WIRE_RECORDS_STORED,
                                 .records_stored = {.source = w->source, .seq = w->seq}};
        send(hub, w->peer, &m);
    }
    hub->batches.n = 0;
}

/* What waits for this peer is dropped: a new process did not ask for it. */
static void forget(struct hub *hub, enum role peer)
{
    size_t facts = 0, batches = 0;
    for (size_t i = 0; i < hub->facts.n; i++) {
        if (hub->facts.p[i].peer != peer) {
            hub->facts.p[facts++] = hub->facts.p[i];
        }
    }
    for (size_t i = 0; i < hub->batches.n; i++) {
        if (hub->batches.p[i].peer != peer) {
            hub->batches.p[batches++] = hub->batches.p[i];
        }
    }
    hub->facts.n = facts;
    hub->batches.n = batches;
    hub->subscribers[peer] = (struct subscribe){0};
    serve_io_forget(hub, peer);
    roster_close(&hub->roster, peer);
}

void hub_io_lost(struct hub *hub, enum role peer)
{
    uint64_t skipped;
    forget(hub, peer);
    if (peer == ROLE_DETECT && feed_lost(&hub->feed, &skipped)) {
        AUTO_BUF line = {0};
        buf_printf(
            &line,
            "ledger.poison position=%llu text=\"detect ended twice at this record: it is "
            "not looked at any more. Look at it with 'tocsin evidence show', and report "
            "it\"",
            (unsigned long long)skipped);
        say(hub, STATION_ERROR, &line);
    }
}

void hub_io_attached(struct hub *hub, enum role peer)
{
    hub_io_lost(hub, peer); /* nothing of an older channel is left */
}

static void save_roster(struct hub *hub)
{
    AUTO_BUF text = {0};
    roster_encode(&hub->roster, &text);
    struct rc rc = folder_replace(hub->folder, ROSTER_FILE, 0644, bytes_of(buf_str(&text)));
    if (rc_failed(rc)) {
        AUTO_BUF line = {0};
        buf_printf(&line,
                   "ledger.sources errno=%u text=\"the file %s could not be written: %s; after "
                   "a restart sources have the least trust until they are open again\"",
                   rc.sys, ROSTER_FILE, rc_text(rc));
        say(hub, STATION_WARNING, &line);
    }
}

static void too_many_sources(struct hub *hub)
{
    AUTO_BUF line = {0};
    buf_printf(&line,
               "ledger.too_many_sources most=%d text=\"a new source is not stored: there have "
               "been too many names\"",
               INDEX_MAX_SOURCES);
    say(hub, STATION_ERROR, &line);
}

static struct rc open_source(struct hub *hub, enum role peer, const struct wire_source_open *m)
{
    if (!batch_name_valid(m->name) || m->trust >= TRUST_COUNT) {
        return rc_make(ERR_MALFORMED);
    }
    struct roster_source *s = roster_find(&hub->roster, m->name);
    bool fresh = s == NULL;
    s = fresh ? roster_add(&hub->roster, m->name) : s;
    if (s == NULL) {
        too_many_sources(hub);
        return RC_OK;
    }
    if (s->owner != ROLE_SUPERVISOR && s->owner != peer) {
        return rc_make(ERR_MALFORMED); /* another has it open */
    }
    s->owner = peer;
    bool changed = s->kind != m->kind || s->trust != m->trust;
    s->kind = m->kind;
    s->trust = m->trust;
    if (fresh || changed) {
        save_roster(hub);
    }
    if (hub->unsynced_records && !hub_is_sick(hub)) {
        commit(hub); /* else the answer promises what a crash can take back */
    }
    if (hub_is_sick(hub)) {
        return RC_OK;
    }
    const struct index_source *at = index_find_source(store_io_index(hub->store), s->id);
    struct wire_message answer = {.type = WIRE_SOURCE_STATE,
                                  .source_state = {.name = m->name, .source = s->id}};
    if (at != NULL) {
        answer.source_state.seq = at->seq;
        answer.source_state.cursor = (struct bytes){at->cursor, at->cursor_n};
    }
    send(hub, peer, &answer);
    return RC_OK;
}

/* The list as entries. */
static struct rc read_entries(struct hub *hub, const struct wire_store_records *m)
{
    struct bytes left = m->records, item;
    hub->entries.n = 0;
    while (wire_list_next(&left, &item)) {
        if (item.n > FEED_RECORD_BYTES) {
            return rc_at(ERR_TOO_LONG, FEED_RECORD_BYTES);
        }
        struct payload_entry entry = {.bytes = item};
        vec_push(&hub->entries, entry);
    }
    return left.n == 0 && hub->entries.n == m->count && m->count > 0 ? RC_OK
                                                                     : rc_make(ERR_MALFORMED);
}

static void wait_for_batch(struct hub *hub, enum role peer, const struct wire_store_records *m)
{
    for (size_t i = 0; i < hub->batches.n; i++) {
        struct hub_batch_wait *w = &hub->batches.p[i];
        if (w->source == m->source) {
            w->seq = m->seq > w->seq ? m->seq : w->seq;
            return;
        }
    }
    struct hub_batch_wait w = {peer, m->source, m->seq};
    vec_push(&hub->batches, w);
}

static void keep(struct hub *hub, const struct wire_store_records *m, uint64_t first,
                 struct walltime wall)
{
    struct hub_kept k = {.first = first,
                         .source = m->source,
                         .count = m->count,
                         .received_us = wall.us,
                         .offset = hub->kept_bytes.n,
                         .bytes = m->records.n};
    buf_put(&hub->kept_bytes, str_bytes(m->records));
    vec_push(&hub->kept, k);
}

static struct rc store_records(struct hub *hub, enum role peer,
                               const struct wire_store_records *m)
{
    const struct roster_source *s = roster_of(&hub->roster, m->source);
    struct instant now = clock_now();
    struct walltime wall = clock_wall();
    struct store_receipt receipt;
    if (s == NULL || s->owner != peer) {
        return rc_make(ERR_MALFORMED);
    }
    TRY(read_entries(hub, m));
    if (hub_is_sick(hub)) {
        return RC_OK;
    }
    const struct store_records batch = {.source = m->source,
                                        .name = roster_name(s),
                                        .seq = m->seq,
                                        .cursor = m->cursor,
                                        .entries = hub->entries.p,
                                        .count = hub->entries.n};
    struct rc rc = store_io_append_records(hub->store, &batch, wall, &receipt);
    if (rc.code == ERR_SYSTEM) {
        sicken(hub, rc);
        return RC_OK;
    }
    if (rc.code == ERR_TOO_MANY) {
        too_many_sources(hub);
        return RC_OK;
    }
    TRY(rc);
    wait_for_batch(hub, peer, m);
    if (!receipt.duplicate) {
        timing_appended(&hub->timing, now, m->records.n);
        hub->unsynced_records = true;
    }
    if (receipt.duplicate || !hub->feed.on || !hub->feed.live) {
        timing_wait(&hub->timing, now);
        return RC_OK;
    }
    /* Looked at before it is on the disk, acted on only after: an intent is synced, and what it
     * rests on lies before it in the same file. */
    keep(hub, m, receipt.first, wall);
    serve_io_kept(hub);
    timing_soon(&hub->timing, now);
    return RC_OK;
}

/* Kind, key and writer in the JSON are those of the message. */
static struct rc check_fact(struct hub *hub, enum role peer, const struct wire_store_fact *m)
{
    AUTO_FACT_READ reader = {0};
    struct fact_head head;
    if (m->kind >= FACT_KIND_COUNT || fact_writer((enum fact_kind)m->kind) != peer) {
        return rc_make(ERR_MALFORMED);
    }
    arena_reset(hub->arena);
    TRY(fact_read_open(&reader, m->json, hub->arena, (enum fact_kind)m->kind, &head));
    return memcmp(head.key, m->key, FACT_KEY_BYTES) == 0 ? RC_OK : rc_make(ERR_MALFORMED);
}

static struct rc store_fact(struct hub *hub, enum role peer, const struct wire_store_fact *m)
{
    struct instant now = clock_now();
    struct payload_entry entry = {.bytes = bytes_of(m->json), .kind = m->kind};
    uint64_t position = store_io_next(hub->store);
    TRY(check_fact(hub, peer, m));
    if (hub_is_sick(hub)) {
        return RC_OK;
    }
    memcpy(entry.key, m->key, FACT_KEY_BYTES);
    bool fresh = !index_find_fact(store_io_index(hub->store), m->key, &position);
    if (fresh) {
        /* told first: who reads it acts on nothing before an intent, which comes after it, is
         * on the disk; when this one cannot be appended, no intent can */
        serve_io_fact(hub, m, position);
    }
    struct rc rc = store_io_append_facts(hub->store, &entry, 1, clock_wall(), &position);
    if (rc.code == ERR_SYSTEM) {
        sicken(hub, rc);
        return RC_OK;
    }
    TRY(rc);
    struct hub_fact_wait wait = {
        .peer = peer, .stored = {.kind = m->kind, .position = position, .fresh = fresh}};
    memcpy(wait.stored.key, m->key, FACT_KEY_BYTES);
    if (fresh) {
        timing_appended(&hub->timing, now, m->json.n);
    }
    if (m->sync != 0 && position >= store_io_synced(hub->store)) {
        vec_push(&hub->facts, wait);
        timing_wait(&hub->timing, now);
        return RC_OK;
    }
    struct wire_message stored = {.type = WIRE_FACT_STORED, .fact_stored = wait.stored};
    send(hub, peer, &stored);
    return RC_OK;
}

static struct rc start_subscription(struct hub *hub, enum role peer,
                                    const struct wire_subscribe *m)
{
    uint64_t next = store_io_next(hub->store);
    serve_io_forget(hub, peer);
    subscribe_start(&hub->subscribers[peer], m->kinds, m->from < next ? m->from : next);
    return RC_OK;
}

static struct rc start_feed(struct hub *hub, const struct wire_read_records *m)
{
    struct walltime from = clock_wall();
    uint64_t position = 0, edge = store_io_synced(hub->store);
    /* after a stop the window ends where it ended then: nothing was looked at since */
    from.us = hub->opened_us > 0 && hub->opened_us < from.us ? hub->opened_us : from.us;
    uint64_t now_s = from.us < 0 ? 0 : (uint64_t)from.us / 1000000;
    from.us = m->window_s > now_s ? 0 : from.us - (int64_t)m->window_s * 1000000;
    struct rc rc = reader_io_find_time(hub->store, from, &position);
    serve_io_forget(hub, ROLE_DETECT);
    hub->kept.n = 0;
    buf_clear(&hub->kept_bytes);
    if (rc_failed(rc)) {
        position = 0; /* what cannot be read will be said when it is reached */
    }
    if (hub->feed.on && hub->feed.done < position) {
        position = hub->feed.done; /* detect was away for longer than that */
    }
    feed_start(&hub->feed, position, edge);
    return RC_OK;
}

static struct rc dispatch(struct hub *hub, enum role peer, const struct wire_message *m)
{
    switch ((int)m->type) {
    case WIRE_SOURCE_OPEN:
        return open_source(hub, peer, &m->source_open);
    case WIRE_STORE_RECORDS:
        return store_records(hub, peer, &m->store_records);
    case WIRE_STORE_FACT:
        return store_fact(hub, peer, &m->store_fact);
    case WIRE_SUBSCRIBE:
        return start_subscription(hub, peer, &m->subscribe);
    case WIRE_FACT_CREDIT:
        return subscribe_credit(&hub->subscribers[peer], m->fact_credit.position);
    case WIRE_READ_RECORDS:
        return start_feed(hub, &m->read_records);
    case WIRE_RECORDS_DONE:
        return feed_done(&hub->feed, m->records_done.next);
    }
    return rc_make(ERR_MALFORMED);
}

struct rc hub_io_message(struct hub *hub, enum role peer, const struct wire_message *m)
{
    TRY(dispatch(hub, peer, m));
    if (!hub_is_sick(hub) && timing_sync_due(&hub->timing, clock_now(), false)) {
        commit(hub);
    }
    return RC_OK;
}

static void sign(struct hub *hub, struct instant now)
{
    struct rc rc = store_io_checkpoint(hub->store);
    if (!rc_failed(rc)) {
        timing_signed(&hub->timing);
        return;
    }
    struct rc sync = store_io_sync(hub->store);
    if (rc_failed(sync)) {
        sicken(hub, sync);
        return;
    }
    if (hub->timing.failed.ns == 0) {
        AUTO_BUF line = {0};
        buf_printf(&line,
                   "ledger.not_signed errno=%u text=\"the checkpoint could not be written: %s; "
                   "what is stored is safe; it is tried again each second\"",
                   rc.sys, rc_text(rc));
        say(hub, STATION_ERROR, &line);
    }
    timing_sign_failed(&hub->timing, now);
}

struct instant hub_io_idle(struct hub *hub)
{
    bool more = false;
    /* twice: who is behind may have to wait for what is not synced yet */
    for (int i = 0; i < 2; i++) {
        if (!hub_is_sick(hub) && timing_sync_due(&hub->timing, clock_now(), true)) {
            commit(hub);
        }
        more = serve_io_behind(hub);
        if (hub->timing.waited.ns == 0) {
            break;
        }
    }
    struct instant now = clock_now();
    if (hub_is_sick(hub)) {
        probe(hub, now);
        return more ? now : after(hub->probed, PROBE_MS);
    }
    if (timing_sign_due(&hub->timing, now)) {
        sign(hub, now);
    }
    return more ? now : timing_next(&hub->timing);
}
