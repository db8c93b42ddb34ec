/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/never.h"

struct name {
    char text[ACTION_MAX_ACCOUNT_BYTES];
    size_t n;
};

struct never {
    VEC(struct ipaddr) compiled;
    VEC(struct ipaddr) added;
    VEC(struct name) names;
};

static const struct str prefixes[] = {
#define NEVER_PREFIX(prefix, why) STR_INIT(prefix),
#include "contain/never.def"
#undef NEVER_PREFIX
};

struct never *never_open(void)
{
    struct never *n = heap_zalloc(1, sizeof(*n));
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        struct ipaddr a;
        check(ipaddr_parse(prefixes[i], &a));
        vec_push(&n->compiled, a);
    }
    return n;
}

void never_close(struct never *n)
{
    if (n == NULL) {
        return;
    }
    vec_free(&n->compiled);
    vec_free(&n->added);
    vec_free(&n->names);
    heap_free(n);
}

static struct rc add_account(struct never *n, struct str name)
{
    struct name entry = {.n = name.n};
    if (!action_account_ok(name)) {
        return rc_make(ERR_MALFORMED);
    }
    if (n->names.n == NEVER_MAX_ENTRIES) {
        return rc_make(ERR_TOO_MANY);
    }
    memcpy(entry.text, name.p, name.n);
    vec_push(&n->names, entry);
    return RC_OK;
}

struct rc never_add(struct never *n, struct str entry)
{
    static const struct str account = STR_INIT("account:");
    struct ipaddr a;
    if (str_starts(entry, account)) {
        return add_account(n, str_from(entry, account.n));
    }
    if (!ipaddr_parse(entry, &a)) {
        return rc_make(ERR_MALFORMED);
    }
    if (n->added.n == NEVER_MAX_ENTRIES) {
        return rc_make(ERR_TOO_MANY);
    }
    vec_push(&n->added, a);
    return RC_OK;
}

bool never_has_address(const struct never *n, const struct ipaddr *a)
{
    for (size_t i = 0; i < n->compiled.n; i++) {
        if (ipaddr_overlaps(&n->compiled.p[i], a)) {
            return true;
        }
    }
    for (size_t i = 0; i < n->added.n; i++) {
        if (ipaddr_overlaps(&n->added.p[i], a)) {
            return true;
        }
    }
    return false;
}

bool never_has_account(const struct never *n, struct str name)
{
    if (str_eq(name, STR("root"))) {
        return true;
    }
    for (size_t i = 0; i < n->names.n; i++) {
        if (str_eq(name, (struct str){n->names.p[i].text, n->names.p[i].n})) {
            return true;
        }
    }
    return false;
}

const struct ipaddr *never_addresses(const struct never *n, size_t *out_count)
{
    *out_count = n->added.n;
    return n->added.p;
}
