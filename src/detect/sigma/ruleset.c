/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/ruleset.h"

#include "base/hash.h"
#include "detect/sigma/correlation.h"
#include "detect/sigma/correlation_keys.h"
#include "detect/sigma/filter.h"
#include "detect/sigma/loader.h"
#include "detect/sigma/rule_read.h"

enum {
    KEEP_CAP_BYTES = 1 << 30,      /* SigmaHQ needs 8 MB */
    SCRATCH_CAP_BYTES = 256 << 20, /* the trees of one file */
};

struct rules VEC_OF(struct rule);
struct correlations VEC_OF(struct correlation);

struct ruleset {
    struct arena *keep, *scratch;
    struct ruleset_opts opts;
    struct rules rules;
    struct filters filters;
    struct correlation_readings readings;
    struct correlations correlations; /* made by ruleset_finish */
    struct ruleset_counts counts;
    uint64_t seed;
    bool finished;
};

/* What a file's documents hand on to the next: legacy collections. */
struct collection {
    struct loader loader;
    struct ruleset *set;
    const struct node *global;   /* laid over every later rule */
    const struct node *previous; /* what `action: repeat` starts from */
};

struct ruleset *ruleset_open(const struct ruleset_opts *opts)
{
    struct ruleset *s = heap_zalloc(1, sizeof(*s));
    s->keep = arena_open(KEEP_CAP_BYTES);
    s->scratch = arena_open(SCRATCH_CAP_BYTES);
    s->opts = *opts;
    s->seed = hash_random_seed();
    return s;
}

void ruleset_close(struct ruleset *s)
{
    if (s == NULL) {
        return;
    }
    vec_free(&s->rules);
    vec_free(&s->filters);
    vec_free(&s->readings);
    vec_free(&s->correlations);
    arena_close(s->keep);
    arena_close(s->scratch);
    heap_free(s);
}

static const char legacy_text[] = "write `| count() by` as a correlation rule";

static struct rc add_rule(struct collection *c, const struct node *root)
{
    struct loader *l = &c->loader;
    struct rule_reading reading;
    TRY(rule_read(l, root, &reading));
    struct rule *r = &reading.rule;
    if (reading.aggregate.n == 0) {
        vec_push(&c->set->rules, *r);
        return RC_OK;
    }
    /* The rule under the aggregation is not one of its own: it would fire on every event. */
    struct correlation_reading legacy = {.correlation = {.id = r->id,
                                                         .title = r->title,
                                                         .name = r->name,
                                                         .path = r->path,
                                                         .type = reading.aggregate,
                                                         .kind = CORRELATION_LEGACY,
                                                         .level = r->level,
                                                         .tags = r->tags,
                                                         .tag_count = r->tag_count,
                                                         .line = r->line,
                                                         .unevaluated = legacy_text,
                                                         .legacy = true},
                                         .column = root->column};
    vec_push(&c->set->readings, legacy);
    return RC_OK;
}

static struct rc merge(struct collection *c, const struct node *base, const struct node *over,
                       const struct node **out)
{
    struct loader *l = &c->loader;
    if (base == NULL || over == NULL) {
        *out = base == NULL ? over : base;
        return RC_OK;
    }
    struct rc rc = document_merge(base, over, l->scratch, &l->work, out);
    return rc_failed(rc) ? loader_reject(l, over,
                                         "merging `action: global` into every rule of "
                                         "this file takes too much: split it")
                         : RC_OK;
}

static struct rc add_merged(struct collection *c, const struct node *root)
{
    const struct node *merged;
    TRY(merge(c, root, c->global, &merged));
    c->previous = merged;
    return add_rule(c, merged);
}

static struct rc add_action(struct collection *c, const struct node *root,
                            const struct node *action)
{
    struct loader *l = &c->loader;
    struct str name = action->kind == NODE_SCALAR ? action->text : STR("");
    if (str_eq(name, STR("global"))) {
        c->global = c->previous = root;
        return RC_OK;
    }
    if (str_eq(name, STR("reset"))) {
        c->global = NULL;
        return RC_OK;
    }
    if (str_eq(name, STR("repeat"))) {
        const struct node *merged;
        if (c->previous == NULL) {
            return loader_reject(l, action, "`action: repeat` has no rule before it");
        }
        TRY(merge(c, c->previous, root, &merged));
        return add_merged(c, merged);
    }
    return loader_reject(l, action, "unknown action: write global, reset or repeat");
}

static struct rc add_document(struct collection *c, const struct node *root)
{
    struct loader *l = &c->loader;
    if (root->kind != NODE_MAP) {
        return loader_reject(l, root,
                             "not a Sigma rule: a rule is a map that begins with a "
                             "title");
    }
    if (document_get(root, STR("correlation")) != NULL) {
        struct correlation_reading reading;
        TRY(correlation_read(l, root, &reading));
        vec_push(&c->set->readings, reading);
        return RC_OK;
    }
    if (document_get(root, STR("filter")) != NULL) {
        struct filter filter;
        TRY(filter_read(l, root, &filter));
        vec_push(&c->set->filters, filter);
        return RC_OK;
    }
    const struct node *action = document_get(root, STR("action"));
    return action == NULL ? add_merged(c, root) : add_action(c, root, action);
}

static void add_all(struct collection *c, struct str text)
{
    struct document_reader reader = {.text = text};
    struct ruleset_counts *counts = &c->set->counts;
    const struct node *root;
    do {
        struct document_fault fault = {0};
        loader_begin(&c->loader);
        root = NULL;
        struct rc rc = document_next(&reader, c->loader.scratch, &fault, &root);
        if (rc_failed(rc)) {
            struct node at = {.line = fault.line, .column = fault.column};
            rc_ignore(loader_reject(&c->loader, &at, "%s", fault.text), "counted below");
        } else if (root != NULL) {
            rc = add_document(c, root);
        }
        counts->rejected += rc_failed(rc);
    } while (root != NULL || reader.at < reader.text.n);
}

void ruleset_add(struct ruleset *s, struct str path, struct str text, struct diag *diag)
{
    struct collection c = {.set = s,
                           .loader = {.keep = s->keep,
                                      .scratch = s->scratch,
                                      .diag = diag,
                                      .opts = &s->opts,
                                      .path = path,
                                      .work = LOADER_MAX_WORK}};
    check(!s->finished);
    s->counts.files++;
    if (rc_failed(loader_copy(&c.loader, path, &c.loader.path))) {
        s->counts.rejected++;
        return;
    }
    add_all(&c, text);
    arena_reset(s->scratch);
}

/* An id that an earlier rule has. Returns false when the rule has to go. */
static bool settle_id(struct ruleset *s, struct loader *l, const struct rule *first,
                      struct rule *r)
{
    struct node at = {.line = r->line, .column = 1};
    l->path = r->path;
    loader_begin(l);
    if (str_eq(first->path, r->path) && first->line == r->line) {
        loader_warn(l, NULL, "given twice: read once");
        return false;
    }
    if (str_eq(first->path, r->path)) {
        loader_warn(l, &at, "has the id of the rule in line %u: give each rule its own",
                    first->line);
        r->id = (struct str){"", 0};
        return true;
    }
    rc_ignore(loader_reject(l, &at,
                            "the id %.*s is that of %.*s:%u, which stays: uuidgen makes "
                            "a new one",
                            LOADER_SHOW(r->id), LOADER_SHOW(first->path), first->line),
              "counted here");
    s->counts.rejected++;
    return false;
}

static void settle_ids(struct ruleset *s, struct loader *l)
{
    struct map ids = {.seed = s->seed};
    size_t kept = 0;
    for (size_t i = 0; i < s->rules.n; i++) {
        struct rule r = s->rules.p[i];
        uint32_t first = r.id.n == 0 ? MAP_NONE : map_get(&ids, r.id);
        if (first != MAP_NONE && !settle_id(s, l, &s->rules.p[first], &r)) {
            continue;
        }
        if (r.id.n != 0) {
            map_set(&ids, r.id, (uint32_t)kept);
        }
        s->rules.p[kept++] = r;
    }
    s->rules.n = kept;
    map_free(&ids);
}

static void apply_filters(struct ruleset *s, struct loader *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->rules.n && s->filters.n != 0; i++) {
        struct rule *r = &s->rules.p[i];
        l->path = r->path;
        loader_begin(l);
        if (rc_failed(filter_apply(l, &s->filters, r))) {
            s->counts.rejected++;
        } else {
            s->rules.p[kept++] = *r;
        }
    }
    s->rules.n = s->filters.n == 0 ? s->rules.n : kept;
    for (size_t i = 0; i < s->filters.n; i++) {
        const struct filter *f = &s->filters.p[i];
        struct node at = {.line = f->line, .column = f->column};
        l->path = f->path;
        loader_begin(l);
        if (!f->applied) {
            loader_warn(l, &at,
                        "the filter applies to no rule that was loaded: compare its "
                        "`rules` and its logsource with theirs");
        }
    }
}

static void add_target(struct map *m, struct str id, struct str name, size_t index)
{
    if (id.n != 0) {
        map_add(m, id, (uint32_t)index);
    }
    if (name.n != 0) {
        map_add(m, name, (uint32_t)index);
    }
}

static void resolve(struct ruleset *s, struct loader *l)
{
    struct correlation_targets targets = {{.seed = s->seed}, {.seed = s->seed}};
    AUTO_HEAP uint32_t *order = heap_zalloc(s->readings.n + 1, sizeof(*order));
    for (size_t i = 0; i < s->rules.n; i++) {
        add_target(&targets.rules, s->rules.p[i].id, s->rules.p[i].name, i);
    }
    for (size_t i = 0; i < s->readings.n; i++) {
        const struct correlation *c = &s->readings.p[i].correlation;
        add_target(&targets.correlations, c->id, c->name, i);
    }
    s->counts.rejected += correlation_resolve(l, &s->readings, &targets, order);
    for (size_t i = 0; i < s->readings.n; i++) {
        vec_push(&s->correlations, s->readings.p[i].correlation);
    }
    const struct correlation_keys all = {s->rules.p, s->rules.n, s->correlations.p,
                                         s->correlations.n, order};
    correlation_keys_settle(l, &all);
    for (size_t i = 0; i < s->correlations.n; i++) {
        s->counts.unevaluated += s->correlations.p[i].unevaluated != NULL;
    }
    map_free(&targets.rules);
    map_free(&targets.correlations);
}

void ruleset_finish(struct ruleset *s, struct diag *diag)
{
    struct loader l = {.keep = s->keep,
                       .scratch = s->scratch,
                       .diag = diag,
                       .opts = &s->opts,
                       .work = LOADER_MAX_WORK};
    check(!s->finished);
    s->finished = true;
    settle_ids(s, &l);
    apply_filters(s, &l);
    resolve(s, &l);
    s->counts.rules = s->rules.n;
    s->counts.correlations = s->correlations.n;
    s->counts.filters = s->filters.n;
    arena_reset(s->scratch);
}

const struct rule *ruleset_rules(const struct ruleset *s, size_t *out_count)
{
    check(s->finished);
    *out_count = s->rules.n;
    return s->rules.p;
}

const struct correlation *ruleset_correlations(const struct ruleset *s, size_t *out_count)
{
    check(s->finished);
    *out_count = s->correlations.n;
    return s->correlations.p;
}

struct ruleset_counts ruleset_counts(const struct ruleset *s)
{
    return s->counts;
}
