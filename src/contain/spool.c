/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/spool.h"

bool spool_has_room(const struct spool *s, size_t n)
{
    return s->facts.n + n <= SPOOL_CAP;
}

static void drop(struct spool *s, size_t i)
{
    buf_free(&s->facts.p[i]->json);
    heap_free(s->facts.p[i]);
    s->facts.n--;
    memmove(s->facts.p + i, s->facts.p + i + 1, (s->facts.n - i) * sizeof(*s->facts.p));
}

bool spool_add(struct spool *s, const struct spool_fact *f)
{
    bool room = spool_has_room(s, 1);
    if (!room) {
        drop(s, 0);
    }
    struct spool_fact *own = heap_zalloc(1, sizeof(*own));
    *own = *f;
    own->json = (struct buf){0};
    buf_put(&own->json, buf_str(&f->json));
    vec_push(&s->facts, own);
    return room;
}

void spool_stored(struct spool *s, enum fact_kind kind,
                  const uint8_t key[static FACT_KEY_BYTES])
{
    for (size_t i = 0; i < s->facts.n; i++) {
        if (s->facts.p[i]->kind == kind &&
            memcmp(s->facts.p[i]->key, key, FACT_KEY_BYTES) == 0) {
            drop(s, i);
            return;
        }
    }
}

void spool_close(struct spool *s)
{
    while (s->facts.n > 0) {
        drop(s, s->facts.n - 1);
    }
    vec_free(&s->facts);
}
