/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/foresight.h"

#define MS_NS     UINT64_C(1000000)
#define SECOND_NS UINT64_C(1000000000)

static bool within(struct instant then, struct instant now, uint64_t ns)
{
    return then.ns != 0 && now.ns - then.ns < ns;
}

static const struct foresight_entry *find(const struct foresight *f, const struct ipaddr *a)
{
    for (size_t i = 0; i < f->count; i++) {
        if (ipaddr_eq(&f->entries[i].address, a)) {
            return &f->entries[i];
        }
    }
    return NULL;
}

static struct foresight_entry *add(struct foresight *f, const struct ipaddr *a)
{
    size_t at = f->count;
    if (f->count == FORESIGHT_ADDRESSES) {
        at = f->oldest;
        f->oldest = (f->oldest + 1) % FORESIGHT_ADDRESSES;
    } else {
        f->count++;
    }
    f->entries[at] = (struct foresight_entry){.address = *a};
    return &f->entries[at];
}

static bool spend(struct foresight *f, struct instant now)
{
    const uint64_t period = FORESIGHT_PERIOD_MS * MS_NS;
    uint64_t until = f->spent_until_ns > now.ns ? f->spent_until_ns : now.ns;
    if (until - now.ns > (FORESIGHT_BURST - 1) * period) {
        return false;
    }
    f->spent_until_ns = until + period;
    return true;
}

bool foresight_ask(struct foresight *f, const struct ipaddr *a, uint64_t question,
                   struct instant now)
{
    const struct foresight_entry *known = find(f, a);
    if ((known != NULL && within(known->asked, now, FORESIGHT_AGAIN_S * SECOND_NS)) ||
        !spend(f, now)) {
        return false;
    }
    struct foresight_entry *e = known == NULL ? add(f, a) : &f->entries[known - f->entries];
    e->question = question;
    e->asked = now;
    return true;
}

bool foresight_answer(struct foresight *f, uint64_t question, bool seen, struct instant now)
{
    for (size_t i = 0; question != 0 && i < f->count; i++) {
        struct foresight_entry *e = &f->entries[i];
        if (e->question == question) {
            e->question = 0;
            e->seen = seen ? now : e->seen;
            return true;
        }
    }
    return false;
}

bool foresight_seen(const struct foresight *f, const struct ipaddr *a, struct instant now)
{
    const struct foresight_entry *e = find(f, a);
    return e != NULL && within(e->seen, now, FORESIGHT_VALID_S * SECOND_NS);
}
