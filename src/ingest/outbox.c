/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/outbox.h"

enum { LENGTH_BYTES = 4 };

bool outbox_add(struct outbox_batch *b, struct str record)
{
    check(record.n <= RECORD_CAP_BYTES);
    size_t after = b->records.n + LENGTH_BYTES + record.n;
    if (b->count == OUTBOX_RECORDS || (b->count > 0 && after > OUTBOX_BYTES)) {
        return false;
    }
    wire_list_put(&b->records, bytes_of(record));
    b->count++;
    return true;
}

void outbox_clear(struct outbox_batch *b)
{
    buf_clear(&b->records);
    buf_clear(&b->cursor);
    b->count = 0;
}

void outbox_ask(struct outbox *o, const struct wire_source_open *source,
                struct wire_message *out)
{
    *o = (struct outbox){.state = OUTBOX_ASKED};
    *out = (struct wire_message){.type = WIRE_SOURCE_OPEN, .source_open = *source};
}

void outbox_lost(struct outbox *o)
{
    o->state = OUTBOX_AWAY;
}

struct rc outbox_opened(struct outbox *o, const struct wire_source_state *m)
{
    if (o->state != OUTBOX_ASKED || m->seq > UINT64_MAX / 2) {
        return rc_make(ERR_MALFORMED);
    }
    *o = (struct outbox){
        .state = OUTBOX_OPEN, .source = m->source, .sent = m->seq, .stored = m->seq};
    return RC_OK;
}

struct rc outbox_stored(struct outbox *o, uint64_t seq)
{
    if (o->state != OUTBOX_OPEN || seq > o->sent) {
        return rc_make(ERR_MALFORMED);
    }
    o->stored = seq > o->stored ? seq : o->stored;
    return RC_OK;
}

bool outbox_has_room(const struct outbox *o)
{
    return o->state == OUTBOX_OPEN && o->sent - o->stored < OUTBOX_BATCHES;
}

void outbox_send(struct outbox *o, const struct outbox_batch *b, struct wire_message *out)
{
    check(outbox_has_room(o) && b->count > 0 && b->cursor.n <= OUTBOX_CURSOR_BYTES);
    *out = (struct wire_message){.type = WIRE_STORE_RECORDS,
                                 .store_records = {.source = o->source,
                                                   .seq = ++o->sent,
                                                   .cursor = bytes_of(buf_str(&b->cursor)),
                                                   .count = b->count,
                                                   .records = bytes_of(buf_str(&b->records))}};
}
