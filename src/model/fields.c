/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/fields.h"

#include "base/hash.h"
#include "base/vec.h"

/* 16 MiB of names: far above FIELDS_MAX names of ordinary length. */
#define NAMES_CAP_BYTES ((size_t)16 << 20)

struct fields {
    struct map ids;
    struct arena *names;
    VEC(struct str) by_id;
};

static const struct str known[] = {
#define FIELD(identifier, name) STR_INIT(name),
#include "model/field.def"
#undef FIELD
};

struct fields *fields_open(void)
{
    struct fields *f = heap_zalloc(1, sizeof(*f));
    f->ids.seed = hash_random_seed();
    f->names = arena_open(NAMES_CAP_BYTES);
    vec_push(&f->by_id, STR(""));
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        check(fields_add(f, known[i]) == i + 1);
    }
    return f;
}

void fields_close(struct fields *f)
{
    if (f != NULL) {
        map_free(&f->ids);
        arena_close(f->names);
        vec_free(&f->by_id);
        heap_free(f);
    }
}

uint16_t fields_add(struct fields *f, struct str name)
{
    uint32_t id = map_get(&f->ids, name);
    if (id != MAP_NONE) {
        return (uint16_t)id;
    }
    struct str own;
    if (f->by_id.n > FIELDS_MAX || rc_failed(arena_copy(f->names, name, &own))) {
        return FIELD_NONE;
    }
    id = map_add(&f->ids, own, (uint32_t)f->by_id.n);
    vec_push(&f->by_id, own);
    return (uint16_t)id;
}

uint16_t fields_find(const struct fields *f, struct str name)
{
    uint32_t id = map_get(&f->ids, name);
    return id == MAP_NONE ? FIELD_NONE : (uint16_t)id;
}

struct str fields_name(const struct fields *f, uint16_t id)
{
    check(id < f->by_id.n);
    return f->by_id.p[id];
}

size_t fields_count(const struct fields *f)
{
    return f->by_id.n;
}
