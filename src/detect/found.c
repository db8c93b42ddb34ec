/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/found.h"

#include "base/cursor.h"
#include "detect/entity.h"
#include "detect/keys.h"
#include "model/wire.h"

enum { POSITION_BYTES = 8 };

void found_begin(const struct event *e, enum trust most, struct finding *out)
{
    *out = (struct finding){.time = e->time,
                            .host = e->host,
                            .record = e->number,
                            .trust = e->trust < most ? e->trust : most};
    hash_sha256(e->record, out->record_digest);
    memcpy(out->identity, out->record_digest, sizeof(out->identity));
    if (e->identity.n > 0) {
        hash_sha256(e->identity, out->identity);
    }
}

static const struct view *view_of(const struct event *e, enum logsource_id id)
{
    for (uint32_t i = 0; i < e->view_count; i++) {
        if (e->views[i].logsource == id && e->logsource != id) {
            return &e->views[i];
        }
    }
    return NULL;
}

static struct rc put_matched(const struct hit *hit, struct arena *a, struct finding *f)
{
    uint32_t count =
        hit->matched_count < FINDING_MAX_MATCHED ? hit->matched_count : FINDING_MAX_MATCHED;
    struct matched *matched = arena_alloc(a, count * sizeof(*matched));
    if (matched == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    for (uint32_t i = 0; i < count; i++) {
        matched[i] = (struct matched){hit->matched[i].name, hit->matched[i].value};
    }
    f->matched = matched;
    f->matched_count = count;
    return RC_OK;
}

struct rc found_make(const struct rule *rule, const struct event *e, const struct hit *hit,
                     struct arena *a, struct finding *f)
{
    const struct view *view = view_of(e, hit->logsource);
    struct entity *entities = NULL;
    f->rule = hit->rule;
    TRY(entity_extract(e, view, a, &entities, &f->entity_count));
    for (uint32_t i = 0; i < f->entity_count; i++) {
        entities[i].trust = entities[i].trust < f->trust ? entities[i].trust : f->trust;
    }
    f->entities = entities;
    TRY(keys_extract(rule, e, view, a, f));
    return put_matched(hit, a, f);
}

void found_put(struct buf *list, uint64_t position, const struct finding *f)
{
    AUTO_BUF item = {0};
    buf_le(&item, position, POSITION_BYTES);
    finding_encode(&item, f);
    wire_list_put(list, bytes_of(buf_str(&item)));
}

struct rc found_next(struct bytes *list, uint32_t rule_count, struct arena *a,
                     uint64_t *out_position, struct finding *out)
{
    struct bytes item;
    if (!wire_list_next(list, &item)) {
        return rc_make(ERR_SHORT);
    }
    struct cursor c = cursor_of(item);
    uint64_t position = cursor_u64(&c);
    TRY(cursor_done(&c));
    TRY(finding_decode(cursor_take(&c, cursor_left(&c)), rule_count, a, out));
    *out_position = position;
    return RC_OK;
}
