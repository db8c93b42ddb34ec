/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/correlate/evidence.h"

#include "base/heap.h"

/* Takes pieces off a block; 16-byte aligned, so that any struct may lie there. */
struct room {
    char *at;
    size_t used;
};

enum { ALIGN = 16 };

static size_t aligned(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static void *take(struct room *r, const void *from, size_t n)
{
    char *to = r->at + r->used;
    if (n != 0) {
        memcpy(to, from, n);
    }
    r->used += aligned(n);
    return to;
}

static struct str take_text(struct room *r, struct str s)
{
    return (struct str){take(r, s.p, s.n), s.n};
}

struct evidence_event *evidence_event_make(const struct correlator_input *in, size_t *out_bytes)
{
    const struct finding *f = in->finding;
    AUTO_BUF frame = {0};
    finding_encode(&frame, f);
    size_t head = aligned(sizeof(struct evidence_event));
    size_t bytes = head + aligned(in->source.n) + aligned(frame.n);
    struct evidence_event *e = heap_zalloc(1, bytes);
    struct room r = {(char *)e, head};
    e->rule = f->rule;
    e->previous = (uint64_t)EVIDENCE_NO_EVENT;
    memcpy(e->identity, f->identity, sizeof(e->identity));
    e->trust = f->trust;
    e->sources[0] = in->source_id;
    e->source_count = 1;
    e->position = in->position;
    e->received = in->received;
    e->source = take_text(&r, in->source);
    e->frame = take(&r, frame.p, frame.n);
    e->frame_bytes = frame.n;
    *out_bytes = bytes;
    return e;
}

struct rc evidence_event_finding(const struct evidence_event *e, uint32_t rule_count,
                                 struct arena *a, struct finding *out)
{
    struct rc rc = finding_decode((struct bytes){e->frame, e->frame_bytes}, rule_count, a, out);
    check(rc.code == ERR_NONE || rc.code == ERR_ARENA_FULL); /* we wrote it */
    return rc;
}

struct evidence_alert *evidence_alert_make(const struct evidence_alert *from, size_t *out_bytes)
{
    size_t head = aligned(sizeof(*from));
    size_t leaves = from->leaf_count * sizeof(*from->leaves);
    size_t fields = from->field_count * sizeof(*from->fields);
    size_t bytes = head + aligned(leaves) + aligned(fields) + aligned(from->fact.n);
    for (uint32_t i = 0; i < from->field_count; i++) {
        bytes += aligned(from->fields[i].field.n) + aligned(from->fields[i].value.n);
    }
    struct evidence_alert *a = heap_zalloc(1, bytes);
    struct room r = {(char *)a, head};
    *a = *from;
    a->leaves = take(&r, from->leaves, leaves);
    a->fields = take(&r, from->fields, fields);
    for (uint32_t i = 0; i < a->field_count; i++) {
        a->fields[i].field = take_text(&r, from->fields[i].field);
        a->fields[i].value = take_text(&r, from->fields[i].value);
    }
    a->fact = take_text(&r, from->fact);
    *out_bytes = bytes;
    return a;
}

bool evidence_raise(struct entity *entities, uint32_t count, const struct entity *by,
                    uint32_t by_count)
{
    bool rose = false;
    for (uint32_t i = 0; i < count; i++) {
        struct entity *e = &entities[i];
        for (uint32_t j = 0; j < by_count; j++) {
            bool same = e->kind == by[j].kind && str_eq(e->value, by[j].value) &&
                        str_eq(e->role, by[j].role);
            if (same && by[j].trust > e->trust) {
                e->trust = by[j].trust;
                rose = true;
            }
        }
    }
    return rose;
}

/* Only bytes of trust change, so that the frame keeps its length. */
static void raise_frame(struct evidence_event *e, const struct finding *twin,
                        uint32_t rule_count, struct arena *scratch)
{
    struct finding f;
    if (rc_failed(evidence_event_finding(e, rule_count, scratch, &f))) {
        return; /* the arena is full: the frame keeps the trust of the first */
    }
    struct entity *entities = arena_alloc(scratch, f.entity_count * sizeof(*entities));
    if (entities == NULL) {
        return;
    }
    if (f.entity_count != 0) {
        memcpy(entities, f.entities, f.entity_count * sizeof(*entities));
    }
    evidence_raise(entities, f.entity_count, twin->entities, twin->entity_count);
    f.entities = entities;
    f.trust = e->trust;
    AUTO_BUF frame = {0};
    finding_encode(&frame, &f);
    check(frame.n == e->frame_bytes);
    memcpy(e->frame, frame.p, frame.n);
}

bool evidence_event_twin(struct evidence_event *e, const struct correlator_input *twin,
                         uint32_t rule_count, struct arena *scratch)
{
    bool rose = twin->finding->trust > e->trust;
    if (e->source_count < EVIDENCE_MAX_SOURCES) {
        e->sources[e->source_count++] = twin->source_id;
    }
    e->trust = rose ? twin->finding->trust : e->trust;
    raise_frame(e, twin->finding, rule_count, scratch);
    return rose;
}

uint64_t evidence_record(const uint8_t identity[static HASH_SHA256_BYTES])
{
    uint64_t v;
    memcpy(&v, identity, sizeof(v));
    return v;
}
