/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/role_facts.h"

enum { WHY_BYTES = 1000 };

void role_facts_add(struct role_facts *f, enum role role, const char *what, struct str why,
                    struct walltime at)
{
    if (f->count == ROLE_FACTS_WAITING) {
        f->dropped++;
        return;
    }
    AUTO_BUF moment = {0};
    buf_i64(&moment, at.us);
    buf_putc(&moment, '-');
    buf_u64(&moment, f->number++);
    const struct str parts[] = {role_name(role), str_of(what), buf_str(&moment)};
    struct role_fact *fact = &f->waiting[f->count++];
    fact_key(FACT_ROLE, parts, COUNT_OF(parts), fact->key);
    struct buf json = BUF_WITH_CAP(FACT_CAP_BYTES);
    struct jsonw w = jsonw_to(&json);
    fact_begin(&w, FACT_ROLE, fact->key, at);
    jsonw_key_str(&w, "role", role_name(role));
    jsonw_key_str(&w, "what", str_of(what));
    jsonw_key_str(&w, "why", str_upto(why, WHY_BYTES));
    jsonw_key_u64(&w, "unrecorded", f->dropped);
    fact_end(&w);
    check(!json.full);
    fact->json = json;
    f->dropped = 0;
}

void role_facts_send(const struct role_facts *f, size_t from, struct link *ledger)
{
    for (size_t i = from; i < f->count; i++) {
        struct wire_message m = {
            .type = WIRE_STORE_FACT,
            .store_fact = {.kind = FACT_ROLE, .json = buf_str(&f->waiting[i].json)}};
        memcpy(m.store_fact.key, f->waiting[i].key, FACT_KEY_BYTES);
        link_send(ledger, &m, -1);
    }
}

static void drop(struct role_facts *f, size_t i)
{
    buf_free(&f->waiting[i].json);
    f->count--;
    memmove(&f->waiting[i], &f->waiting[i + 1], (f->count - i) * sizeof(f->waiting[0]));
}

void role_facts_stored(struct role_facts *f, const uint8_t key[static FACT_KEY_BYTES])
{
    for (size_t i = 0; i < f->count; i++) {
        if (memcmp(f->waiting[i].key, key, FACT_KEY_BYTES) == 0) {
            drop(f, i);
            return;
        }
    }
}

void role_facts_free(struct role_facts *f)
{
    while (f->count > 0) {
        drop(f, f->count - 1);
    }
}
