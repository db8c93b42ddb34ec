/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inform/shelf.h"

#include "base/heap.h"

enum { SHORTEST_ID = 4 };

struct item {
    uint8_t id[ACTION_ID_BYTES];
    char name[SHELF_MAX_NAME_BYTES];
    size_t name_n;
    uint32_t version;
    uint64_t position;
    struct buf json;
};

struct shelf {
    struct item items[SHELF_MAX_INCIDENTS];
    size_t count;
};

struct shelf *shelf_open(void)
{
    return heap_zalloc(1, sizeof(struct shelf));
}

void shelf_clear(struct shelf *s)
{
    for (size_t i = 0; i < s->count; i++) {
        buf_free(&s->items[i].json);
    }
    s->count = 0;
}

void shelf_close(struct shelf *s)
{
    if (s != NULL) {
        shelf_clear(s);
        heap_free(s);
    }
}

static struct item *item_of(struct shelf *s, const uint8_t *id)
{
    for (size_t i = 0; i < s->count; i++) {
        if (memcmp(s->items[i].id, id, ACTION_ID_BYTES) == 0) {
            return &s->items[i];
        }
    }
    return NULL;
}

/* A place for a new one: that of the incident that changed longest ago, when all are taken. */
static struct item *place(struct shelf *s)
{
    if (s->count < SHELF_MAX_INCIDENTS) {
        s->items[s->count] = (struct item){0};
        return &s->items[s->count++];
    }
    struct item *oldest = &s->items[0];
    for (size_t i = 1; i < s->count; i++) {
        oldest = s->items[i].position < oldest->position ? &s->items[i] : oldest;
    }
    return oldest;
}

struct rc shelf_put(struct shelf *s, struct str json, uint64_t position, struct arena *batch)
{
    struct incident i;
    TRY(incident_decode(json, batch, &i));
    struct item *item = item_of(s, i.id);
    if (item != NULL && i.version < item->version) {
        return RC_OK;
    }
    item = item != NULL ? item : place(s);
    struct str name = str_upto(i.name, SHELF_MAX_NAME_BYTES);
    memcpy(item->id, i.id, ACTION_ID_BYTES);
    if (name.n != 0) {
        memcpy(item->name, name.p, name.n);
    }
    item->name_n = name.n;
    item->version = i.version;
    item->position = position;
    buf_clear(&item->json);
    buf_put(&item->json, json);
    return RC_OK;
}

static bool begins_id(const struct item *item, struct str what)
{
    AUTO_BUF id = {0};
    buf_hex(&id, (struct bytes){item->id, ACTION_ID_BYTES});
    return what.n >= SHORTEST_ID && what.n <= id.n &&
           str_eq_nocase(str_upto(buf_str(&id), what.n), what);
}

enum shelf_found shelf_find(const struct shelf *s, struct str what, struct str *out_json,
                            uint64_t *out_position)
{
    const struct item *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct item *item = &s->items[i];
        bool named = str_eq(what, (struct str){item->name, item->name_n});
        if (named || begins_id(item, what)) {
            found = item;
            count++;
        }
        if (named) {
            count = 1; /* a name is exact, whatever an id begins with */
            break;
        }
    }
    if (count != 1) {
        return count == 0 ? SHELF_NONE : SHELF_SEVERAL;
    }
    *out_json = buf_str(&found->json);
    *out_position = found->position;
    return SHELF_FOUND;
}
