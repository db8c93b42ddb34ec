/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/scan_blind.h"

#include "base/heap.h"
#include "base/vec.h"

#include <stdlib.h>

enum { TEXTS_BYTES = 16 << 20, MAX_FIELDS = 4 };

struct groups {
    struct arena *texts;
    struct map index;
    VEC(struct report_blind) rows;
};

static void name_logsource(struct buf *out, const struct logsource_want *want)
{
    const struct str parts[] = {want->product, want->category, want->service};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].n != 0) {
            buf_puts(out, out->n == 0 ? "" : "/");
            buf_put(out, parts[i]);
        }
    }
    buf_puts(out, out->n == 0 ? "any" : "");
}

static void name_fields(struct buf *out, const struct fields *fields,
                        const struct coverage_reason *why)
{
    for (uint32_t i = 0; i < why->field_count && i < MAX_FIELDS; i++) {
        buf_puts(out, i == 0 ? "" : ", ");
        buf_put(out, fields_name(fields, why->fields[i]));
    }
    buf_puts(out, why->field_count > MAX_FIELDS ? ", …" : "");
}

/* Where events come from that would answer such a rule; empty when nobody knows. */
static struct str origin_of(const struct logsource_want *want)
{
    for (int id = LOGSOURCE_UNKNOWN + 1; id < LOGSOURCE_CUSTOM; id++) {
        struct str origin = logsource_origin((enum logsource_id)id);
        if (origin.n != 0 && logsource_admits(logsource_row((enum logsource_id)id), want)) {
            return origin;
        }
    }
    return (struct str){0};
}

static struct rc count_in(struct groups *g, struct str name, const struct coverage_reason *why)
{
    uint32_t at = map_get(&g->index, name);
    if (at != MAP_NONE) {
        check(at < g->rows.n && g->rows.p != NULL);
        g->rows.p[at].rules++;
        return RC_OK;
    }
    struct report_blind row = {.rules = 1, .is_field = why->verdict == COVERAGE_NO_FIELDS};
    if (!row.is_field) {
        row.hint = origin_of(&why->wanted);
    }
    TRY(arena_copy(g->texts, name, &row.missing));
    map_set(&g->index, row.missing, (uint32_t)g->rows.n);
    vec_push(&g->rows, row);
    return RC_OK;
}

static struct rc add_rule(struct groups *g, const struct fields *fields,
                          const struct coverage_reason *why)
{
    AUTO_BUF name = {0};
    if (why->verdict == COVERAGE_NO_LOGSOURCE) {
        name_logsource(&name, &why->wanted);
    } else {
        name_fields(&name, fields, why);
    }
    return count_in(g, buf_str(&name), why);
}

static int compare_rows(const void *a, const void *b)
{
    const struct report_blind *x = a, *y = b;
    if (x->rules != y->rules) {
        return x->rules < y->rules ? 1 : -1;
    }
    return str_compare(x->missing, y->missing);
}

struct rc scan_blind_find(const struct coverage *coverage, const struct fields *fields,
                          size_t rule_count, struct scan_blind *out)
{
    AUTO_ARENA scratch = arena_open(TEXTS_BYTES);
    struct groups g = {.texts = arena_open(TEXTS_BYTES)};
    size_t rules = 0;
    struct rc rc = RC_OK;
    for (size_t i = 0; i < rule_count && !rc_failed(rc); i++) {
        struct coverage_reason why = {0};
        arena_reset(scratch);
        rc = coverage_explain(coverage, i, scratch, &why);
        bool blind = why.verdict == COVERAGE_NO_LOGSOURCE || why.verdict == COVERAGE_NO_FIELDS;
        if (!rc_failed(rc) && blind) {
            rules++;
            rc = add_rule(&g, fields, &why);
        }
    }
    map_free(&g.index);
    if (g.rows.n > 1) {
        qsort(g.rows.p, g.rows.n, sizeof(*g.rows.p), compare_rows);
    }
    *out = (struct scan_blind){g.texts, g.rows.p, g.rows.n, rules};
    return rc;
}

void scan_blind_free(struct scan_blind *b)
{
    arena_close(b->texts);
    heap_free(b->rows);
    *b = (struct scan_blind){0};
}
