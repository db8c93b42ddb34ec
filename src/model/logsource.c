/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/logsource.h"

static const struct logsource rows[] = {
#define LOGSOURCE(identifier, product, service, category, category2, derived)                  \
    {STR_INIT(product), STR_INIT(service), {STR_INIT(category), STR_INIT(category2)}, derived},
#include "model/logsource.def"
#undef LOGSOURCE
};

const struct logsource *logsource_row(enum logsource_id id)
{
    check(id < COUNT_OF(rows));
    return &rows[id];
}

bool logsource_admits(const struct logsource *have, const struct logsource_want *want)
{
    bool category = want->category.n == 0 && !have->derived;
    for (size_t i = 0; i < LOGSOURCE_MAX_CATEGORIES && want->category.n != 0; i++) {
        category |= str_eq(want->category, have->categories[i]);
    }
    return category && (want->product.n == 0 || str_eq(want->product, have->product)) &&
           (want->service.n == 0 || str_eq(want->service, have->service));
}
