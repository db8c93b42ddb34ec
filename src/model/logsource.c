/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/logsource.h"

static const struct logsource rows[] = {
#define LOGSOURCE(identifier, product, service, category, category2, reading, origin)          \
    {STR_INIT(product),                                                                        \
     STR_INIT(service),                                                                        \
     {STR_INIT(category), STR_INIT(category2)},                                                \
     LOGSOURCE_READING_##reading},
#include "model/logsource.def"
#undef LOGSOURCE
};

static const struct str origins[] = {
#define LOGSOURCE(identifier, product, service, category, category2, reading, origin)          \
    STR_INIT(origin),
#include "model/logsource.def"
#undef LOGSOURCE
};

/* The two mappings of the field, thor.yml and pySigma, disagree about these names. */
static const struct {
    struct str alias, service;
} aliases[] = {
    {STR_INIT("ldap_debug"), STR_INIT("ldap")},
    {STR_INIT("microsoft-servicebus-client"), STR_INIT("servicebus-client")},
};

const struct logsource *logsource_row(enum logsource_id id)
{
    check(id < COUNT_OF(rows));
    return &rows[id];
}

struct str logsource_origin(enum logsource_id id)
{
    check(id < COUNT_OF(origins));
    return origins[id];
}

static bool service_admits(struct str have, struct str want)
{
    for (size_t i = 0; i < COUNT_OF(aliases); i++) {
        want = str_eq(want, aliases[i].alias) ? aliases[i].service : want;
    }
    return want.n == 0 || str_eq(want, have);
}

bool logsource_admits(const struct logsource *have, const struct logsource_want *want)
{
    bool category = want->category.n == 0 && have->reading == LOGSOURCE_READING_RECORD;
    for (size_t i = 0; i < LOGSOURCE_MAX_CATEGORIES && want->category.n != 0; i++) {
        category |= str_eq(want->category, have->categories[i]);
    }
    return category && (want->product.n == 0 || str_eq(want->product, have->product)) &&
           service_admits(have->service, want->service);
}
