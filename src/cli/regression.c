/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/regression.h"

#include "base/document.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/vec.h"
#include "detect/sigma/scalar.h"
#include "ingest/evidence_io.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct regression {
    struct regression_opts opts;
    struct arena *texts; /* bounded by the caps on tests and texts */
    VEC(struct regression_test) tests;
    struct map infos; /* paths of those read: folders may be named twice */
    size_t found;     /* info.yml files, read or not */
    bool full;        /* REGRESSION_MAX_TESTS was told of */
};

/* One info.yml on its way. */
struct reading {
    struct regression *r;
    struct str info;
    const struct node *rules; /* of the document */
    size_t first;             /* of its tests */
};

/* A test as info.yml states it, for each of its rules. */
struct stated {
    struct regression_test test;
    struct str path;
    bool evtx;
};

struct regression *regression_open(const struct regression_opts *opts)
{
    struct regression *r = heap_zalloc(1, sizeof(*r));
    r->opts = *opts;
    r->texts = arena_open(SIZE_MAX);
    r->infos.seed = hash_random_seed();
    return r;
}

void regression_close(struct regression *r)
{
    if (r == NULL) {
        return;
    }
    map_free(&r->infos);
    vec_free(&r->tests);
    arena_close(r->texts);
    heap_free(r);
}

struct regression_test *regression_tests(struct regression *r, size_t *out_count)
{
    *out_count = r->tests.n;
    return r->tests.p;
}

static struct str keep(struct regression *r, struct str s)
{
    struct str copy = {0};
    check(!rc_failed(arena_copy(r->texts, s, &copy)));
    return copy;
}

void regression_decide(struct regression *r, struct regression_test *t,
                       enum regression_verdict verdict, struct str reason)
{
    t->verdict = verdict;
    t->reason = keep(r, reason);
}

static void add(struct regression *r, const struct regression_test *test)
{
    if (r->tests.n < REGRESSION_MAX_TESTS) {
        vec_push(&r->tests, *test);
    } else if (!r->full) {
        r->full = true;
        r->tests.p[r->tests.n - 1] = *test;
        regression_decide(r, &r->tests.p[r->tests.n - 1], REGRESSION_FAIL,
                          STR("too many tests: this one and all after it are left out; run "
                              "fewer folders at a time"));
    }
}

/* The info.yml, or what of it the node is, is at fault. */
static void fault(struct reading *g, const struct node *at, struct str reason)
{
    struct regression_test t = {.info = g->info, .line = at == NULL ? 0 : at->line};
    regression_decide(g->r, &t, REGRESSION_FAIL, reason);
    add(g->r, &t);
}

/* A text of at most cap bytes; empty when the key is absent or no text. */
static struct str get_text(struct reading *g, const struct node *map, struct str key)
{
    const struct node *n = document_get(map, key);
    struct str none = {0};
    return n == NULL || n->kind != NODE_SCALAR
               ? none
               : keep(g->r, str_upto(n->text, REGRESSION_MAX_TEXT_BYTES));
}

static struct str get_id(struct reading *g, const struct node *map)
{
    struct str id = get_text(g, map, STR("id"));
    char *lower = arena_text(g->r->texts, id.n);
    check(lower != NULL);
    for (size_t i = 0; i < id.n; i++) {
        lower[i] = str_lower(id.p[i]);
    }
    return (struct str){lower, id.n};
}

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The path as far as its last "/", with it; "./" when it has none. */
static struct str folder_of(struct str path)
{
    while (path.n > 0 && path.p[path.n - 1] != '/') {
        path.n--;
    }
    return path.n > 0 ? path : STR("./");
}

static struct str base_of(struct str path)
{
    size_t folder = path.n;
    while (folder > 0 && path.p[folder - 1] != '/') {
        folder--;
    }
    return str_from(path, folder);
}

/* True, and *out the path, when folder + name is a file. */
static bool try_file(struct regression *r, struct str folder, struct str name, struct str *out)
{
    AUTO_BUF path = {0};
    buf_put(&path, folder);
    buf_put(&path, name);
    buf_putc(&path, '\0');
    if (path.n > PATH_MAX || !is_file(path.p)) {
        return false;
    }
    *out = keep(r, str_upto(buf_str(&path), path.n - 1));
    return true;
}

/* Nothing above the folder where the search stands may be reached. */
static bool climbs(struct str path)
{
    while (path.n > 0) {
        size_t slash = str_find_char(path, '/');
        if (str_eq(str_upto(path, slash), STR(".."))) {
            return true;
        }
        path = slash == SIZE_MAX ? (struct str){0} : str_from(path, slash + 1);
    }
    return false;
}

/* The path in each folder upwards from that of info.yml. */
static bool find_upwards(struct reading *g, struct str path, struct str *out)
{
    char folder[PATH_MAX], real[PATH_MAX];
    struct str from = folder_of(g->info);
    if (from.n >= sizeof(folder) || path.p[0] == '/' || climbs(path)) {
        return false;
    }
    memcpy(folder, from.p, from.n);
    folder[from.n] = '\0';
    if (realpath(folder, real) == NULL) {
        return false;
    }
    struct str at = str_of(real);
    while (at.n > 0) {
        at = str_upto(at, at.n - base_of(at).n);
        if (at.n == 0 || try_file(g->r, at, path, out)) {
            return at.n > 0;
        }
        at.n--; /* the slash */
    }
    return false;
}

static bool find_file(struct reading *g, struct str path, struct str *out)
{
    struct str base = base_of(path);
    if (base.n == 0 || path.n >= PATH_MAX || str_find_char(path, '\0') != SIZE_MAX) {
        return false;
    }
    return try_file(g->r, folder_of(g->info), base, out) || find_upwards(g, path, out);
}

static bool has_test(const struct reading *g, const struct regression_test *t, struct str file)
{
    const struct regression *r = g->r;
    for (size_t i = g->first; i < r->tests.n; i++) {
        const struct regression_test *other = &r->tests.p[i];
        if (str_eq(other->file, file) && str_eq(other->rule, t->rule)) {
            return true;
        }
    }
    return false;
}

/* The same events as JSON, beside the EVTX, with the same number of matches. */
static void add_twins(struct reading *g, size_t test)
{
    static const char *const endings[] = {"json", "jsonl"};
    struct regression_test t = g->r->tests.p[test];
    if (!str_ends(t.file, STR(".evtx"))) {
        return;
    }
    struct str stem = str_upto(t.file, t.file.n - STR("evtx").n);
    t.twin = true;
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        if (try_file(g->r, stem, str_of(endings[i]), &t.file) && !has_test(g, &t, t.file)) {
            add(g->r, &t);
        }
    }
}

/* False, with a fault, when the number of matches is not one. */
static bool read_wanted(struct reading *g, const struct node *map, struct regression_test *t)
{
    const struct node *n = document_get(map, STR("match_count"));
    struct rule_value value;
    const char *why;
    if (n == NULL) {
        t->stated = str_eq_nocase(get_text(g, map, STR("type")), STR("negative"));
        return true;
    }
    if (n->kind != NODE_SCALAR || rc_failed(scalar_read(n, &value, &why)) ||
        value.kind != RULE_VALUE_UNSIGNED) {
        fault(g, n,
              STR("match_count is not a whole number: write how many events must match, "
                  "0 for none"));
        return false;
    }
    t->stated = true;
    t->wanted = value.u;
    return true;
}

static void add_for_rule(struct reading *g, const struct node *rule,
                         const struct regression_test *stated)
{
    struct regression_test t = *stated;
    t.rule = get_id(g, rule);
    t.title = get_text(g, rule, STR("title"));
    if (t.rule.n == 0) {
        fault(g, rule, STR("rule_metadata has an entry without id: write the rule's id"));
        return;
    }
    add(g->r, &t);
}

static void read_test(struct reading *g, const struct node *map)
{
    struct regression_test t = {.info = g->info, .line = map->line};
    const struct node *path = document_get(map, STR("path"));
    if (path == NULL || path->kind != NODE_SCALAR || path->text.n == 0) {
        fault(g, map, STR("the test has no path: write that of its file of events"));
        return;
    }
    if (!read_wanted(g, map, &t)) {
        return;
    }
    if (!find_file(g, path->text, &t.file)) {
        AUTO_BUF reason = {0};
        buf_puts(&reason, "there is no file ");
        buf_put(&reason, str_upto(path->text, REGRESSION_MAX_TEXT_BYTES));
        buf_puts(&reason,
                 ", beside info.yml or upwards from it: put it there, or correct path");
        regression_decide(g->r, &t, REGRESSION_FAIL, buf_str(&reason));
    }
    t.name = get_text(g, map, STR("name"));
    for (uint32_t i = 0; i < g->rules->count; i++) {
        add_for_rule(g, g->rules->items[i], &t);
    }
}

static void read_document(struct reading *g, const struct node *root)
{
    const struct node *tests = document_get(root, STR("regression_tests_info"));
    g->rules = document_get(root, STR("rule_metadata"));
    if (g->rules == NULL || g->rules->kind != NODE_LIST || g->rules->count == 0) {
        fault(g, root,
              STR("no list rule_metadata: write \"rule_metadata:\" and below it \"- id: "
                  "\" with the id of the rule"));
        return;
    }
    if (tests == NULL || tests->kind != NODE_LIST || tests->count == 0) {
        fault(g, root,
              STR("no list regression_tests_info: write it, with a path for each file "
                  "of events"));
        return;
    }
    if ((uint64_t)tests->count * g->rules->count > REGRESSION_MAX_PER_INFO) {
        fault(g, tests,
              STR("more than 1,000 tests in one file: none was run; spread them over "
                  "several folders"));
        return;
    }
    g->first = g->r->tests.n;
    for (uint32_t i = 0; i < tests->count; i++) {
        read_test(g, tests->items[i]);
    }
    size_t end = g->r->tests.n;
    for (size_t i = g->first; g->r->opts.twins && i < end; i++) {
        add_twins(g, i);
    }
}

void regression_read(struct regression *r, struct str path, struct str text)
{
    struct str info = keep(r, path);
    if (map_get(&r->infos, info) != MAP_NONE) {
        return;
    }
    map_set(&r->infos, info, 0);
    AUTO_ARENA trees = arena_open((size_t)256 << 20);
    struct reading g = {.r = r, .info = info};
    struct document_reader reader = {.text = text};
    const struct node *root = NULL;
    struct document_fault wrong;
    struct rc rc = document_next(&reader, trees, &wrong, &root);
    if (rc_failed(rc)) {
        const struct node at = {.line = wrong.line};
        fault(&g, &at, str_of(wrong.text));
        return;
    }
    if (root == NULL) {
        fault(&g, NULL, STR("is empty: write rule_metadata and regression_tests_info"));
        return;
    }
    read_document(&g, root);
    rc = document_next(&reader, trees, &wrong, &root);
    if (rc_failed(rc) || root != NULL) {
        fault(&g, root, STR("holds more than one document, and only the first was read"));
    }
}

/* Up to the cap and one byte. */
static struct rc load(int fd, struct buf *out)
{
    char block[16384];
    size_t n = 1;
    while (n > 0 && out->n <= REGRESSION_MAX_INFO_BYTES) {
        TRY(file_read(fd, block, sizeof(block), &n));
        buf_put(out, (struct str){block, n});
    }
    return out->n > REGRESSION_MAX_INFO_BYTES ? rc_make(ERR_TOO_LONG) : RC_OK;
}

static void take_item(struct regression *r, const struct evidence_item *item)
{
    AUTO_BUF text = {0}, reason = {0};
    bool info = str_eq(base_of(item->path), STR("info.yml"));
    if (item->reason != NULL && (info || item->kind == EVIDENCE_UNREAD)) {
        buf_puts(&reason, item->reason); /* a folder too: tests may be in it */
    } else if (info && item->kind != EVIDENCE_FILE) {
        buf_puts(&reason, "is not a file");
    } else if (info) {
        struct rc rc = load(item->fd, &text);
        buf_puts(&reason, rc_failed(rc) ? rc_text(rc) : "");
    }
    r->found += info;
    if (reason.n > 0) {
        struct reading g = {.r = r, .info = keep(r, item->path)};
        fault(&g, NULL, buf_str(&reason));
    } else if (info) {
        regression_read(r, item->path, buf_str(&text));
    }
}

void regression_find(struct regression *r, const char *path)
{
    size_t tests = r->tests.n, found = r->found;
    struct evidence *walk = evidence_io_open(&path, 1);
    struct evidence_item item;
    while (!r->full && evidence_io_next(walk, &item)) {
        take_item(r, &item);
        if (item.fd >= 0) {
            close(item.fd);
        }
    }
    evidence_io_close(walk);
    if (r->tests.n == tests && r->found == found) {
        struct reading g = {.r = r, .info = keep(r, str_of(path))};
        fault(&g, NULL,
              STR("there is no info.yml here: name a folder such as SigmaHQ's "
                  "regression_data"));
    }
}
