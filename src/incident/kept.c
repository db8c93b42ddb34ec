/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "incident/kept.h"

#include "base/heap.h"
#include "base/unicode.h"
#include "incident/signal.h"
#include "model/tactic.h"

/* Counts bytes in a first round and copies in a second. */
struct packer {
    char *at; /* NULL: only count */
    size_t n;
};

static struct str pack(struct packer *p, struct str s, size_t max)
{
    s = unicode_cut(s, max);
    struct str copy = {s.n == 0 ? "" : p->at == NULL ? s.p : p->at + p->n, s.n};
    if (p->at != NULL && s.n > 0) {
        memcpy(p->at + p->n, s.p, s.n);
    }
    p->n += s.n;
    return copy;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Lists inside the block, in front of the text. */
struct lists {
    struct entity entities[KEPT_MAX_ENTITIES];
    struct record_ref records[KEPT_MAX_RECORDS];
    struct matched matched[KEPT_MAX_MATCHED];
    struct matched keys[FINDING_MAX_KEYS];
    struct str tags[FINDING_FACT_MAX_TAGS];
};

static void pack_lists(struct packer *p, struct finding_fact *f, struct lists *to)
{
    for (uint32_t i = 0; i < f->entity_count; i++) {
        to->entities[i] = f->entities[i];
        to->entities[i].value = pack(p, f->entities[i].value, KEPT_MAX_TEXT_BYTES);
        to->entities[i].role = pack(p, f->entities[i].role, FINDING_MAX_ROLE_BYTES);
    }
    for (uint32_t i = 0; i < f->record_count; i++) {
        to->records[i] = f->records[i];
        to->records[i].source = pack(p, f->records[i].source, KEPT_MAX_SHORT_BYTES);
    }
    for (uint32_t i = 0; i < f->matched_count; i++) {
        to->matched[i].field = pack(p, f->matched[i].field, KEPT_MAX_SHORT_BYTES);
        to->matched[i].value = pack(p, f->matched[i].value, KEPT_MAX_SHORT_BYTES);
    }
    for (uint32_t i = 0; i < f->key_count; i++) {
        to->keys[i].field = pack(p, f->keys[i].field, KEPT_MAX_SHORT_BYTES);
        to->keys[i].value = pack(p, f->keys[i].value, KEPT_MAX_SHORT_BYTES);
    }
    for (uint32_t i = 0; i < f->tag_count; i++) {
        to->tags[i] = pack(p, f->tags[i], KEPT_MAX_SHORT_BYTES);
    }
}

static void pack_all(struct packer *p, struct finding_fact *f, struct lists *to)
{
    f->rule_id = pack(p, f->rule_id, KEPT_MAX_TEXT_BYTES);
    f->rule_title = pack(p, f->rule_title, KEPT_MAX_TEXT_BYTES);
    f->rule_name = pack(p, f->rule_name, KEPT_MAX_TEXT_BYTES);
    f->type = pack(p, f->type, KEPT_MAX_TEXT_BYTES);
    f->host = pack(p, f->host, KEPT_MAX_TEXT_BYTES);
    pack_lists(p, f, to);
    f->entities = to->entities;
    f->records = to->records;
    f->matched = to->matched;
    f->keys = to->keys;
    f->tags = to->tags;
}

/*
 * In a log-on after guesses only the account that got in: the other names were tried, and
 * whoever bears them did nothing. The last step's entities stand first (model/finding_fact.h).
 */
static uint32_t only_who_got_in(const struct finding_fact *f, struct entity *out)
{
    uint32_t count = 0;
    bool found = false;
    for (uint32_t i = 0; i < f->entity_count; i++) {
        const struct entity *e = &f->entities[i];
        bool account = e->kind == ENTITY_ACCOUNT && signal_telling(e);
        if ((!account || !found) && count < KEPT_MAX_ENTITIES) {
            out[count++] = *e;
        }
        found |= account;
    }
    return count;
}

struct kept *kept_new(const struct finding_fact *from, uint64_t position)
{
    struct finding_fact f = *from;
    struct entity entities[KEPT_MAX_ENTITIES];
    bool success = signal_success(&f, tactic_set(f.tags, f.tag_count));
    if (success) {
        f.entity_count = only_who_got_in(from, entities);
        f.entities = entities;
    }
    f.entity_count = least(f.entity_count, KEPT_MAX_ENTITIES);
    f.record_count = least(f.record_count, KEPT_MAX_RECORDS);
    f.matched_count = least(f.matched_count, KEPT_MAX_MATCHED);
    f.key_count = least(f.key_count, FINDING_MAX_KEYS);
    f.tag_count = least(f.tag_count, FINDING_FACT_MAX_TAGS);
    struct lists scratch = {0};
    struct packer p = {0};
    struct finding_fact measured = f;
    pack_all(&p, &measured, &scratch);
    struct kept *k = heap_alloc(sizeof(*k) + sizeof(struct lists) + p.n);
    *k = (struct kept){.position = position};
    struct lists *to = (struct lists *)(k + 1);
    p = (struct packer){.at = (char *)(to + 1)};
    pack_all(&p, &f, to);
    k->fact = f;
    k->tactics = tactic_set(f.tags, f.tag_count);
    k->success = success;
    k->raid = signal_raid(&k->fact, k->success);
    return k;
}

void kept_free(struct kept *k)
{
    heap_free(k);
}

void kept_update(struct kept *k, const struct finding_fact *f)
{
    struct lists *own = (struct lists *)(k + 1);
    struct finding_fact *old = &k->fact;
    old->trust = f->trust > old->trust ? f->trust : old->trust;
    old->source_count =
        f->source_count > old->source_count ? f->source_count : old->source_count;
    old->event_count = f->event_count > old->event_count ? f->event_count : old->event_count;
    old->level = f->level > old->level ? f->level : old->level;
    if (walltime_known(f->last) && (!walltime_known(old->last) || f->last.us > old->last.us)) {
        old->last = f->last;
    }
    for (uint32_t i = 0; i < old->entity_count; i++) {
        struct entity *e = &own->entities[i];
        for (uint32_t j = 0; j < f->entity_count; j++) {
            const struct entity *n = &f->entities[j];
            bool better =
                n->kind == e->kind && n->trust > e->trust && str_eq(n->value, e->value);
            e->trust = better ? n->trust : e->trust;
        }
    }
}

struct walltime kept_time(const struct kept *k)
{
    return walltime_known(k->fact.last) ? k->fact.last : k->fact.received;
}

bool kept_can_link(const struct kept *k, const struct entity *e)
{
    if (k->raid != RAID_NONE) {
        bool attacker = e->kind == ENTITY_ADDRESS && !str_eq(e->role, STR("destination"));
        return attacker && signal_telling(e);
    }
    return signal_telling(e);
}
