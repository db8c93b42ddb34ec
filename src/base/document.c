/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/document.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/vec.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

enum {
    /* Up to here keys are compared in pairs, which is faster than a table. */
    FEW_KEYS = 16,
    /* libyaml compares every %TAG with all before it. */
    MAX_DIRECTIVES = 4,
    MAX_ANCHORS = 10000,
};

struct frame {
    struct node *node;
    size_t first;  /* of its children */
    uint32_t name; /* index of its anchor, or MAP_NONE */
};

struct builder {
    yaml_parser_t parser;
    struct document_reader *reader;
    struct arena *arena;
    struct document_fault *fault;
    uint32_t first_line; /* lines before this document's text */
    struct frame frames[DOCUMENT_MAX_DEPTH];
    size_t depth;
    VEC(const struct node *) children;
    VEC(const struct node *) anchors;
    struct map names; /* anchor → index in anchors */
    const struct node *root;
};

PRINTF_LIKE(4, 5)
static struct rc fail(struct builder *b, enum err err, yaml_mark_t at, const char *fmt, ...)
{
    b->fault->line = b->first_line + (uint32_t)at.line + 1;
    b->fault->column = (uint32_t)at.column + 1;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(b->fault->text, sizeof(b->fault->text), fmt, args);
    va_end(args);
    return rc_make(err);
}

static struct rc fail_full(struct builder *b, yaml_mark_t at)
{
    return fail(b, ERR_ARENA_FULL, at, "the file needs more memory than a rule file may use");
}

static struct rc fail_many(struct builder *b, yaml_mark_t at)
{
    return fail(b, ERR_TOO_MANY, at, "more than %d nodes in one file: split it",
                DOCUMENT_MAX_NODES);
}

static struct rc node_new(struct builder *b, const yaml_event_t *e, enum node_kind kind,
                          struct node **out)
{
    if (b->reader->nodes >= DOCUMENT_MAX_NODES) {
        return fail_many(b, e->start_mark);
    }
    b->reader->nodes++;
    struct node *n = arena_zalloc(b->arena, 1, sizeof(*n));
    if (n == NULL) {
        return fail_full(b, e->start_mark);
    }
    n->kind = kind;
    n->line = b->first_line + (uint32_t)e->start_mark.line + 1;
    n->column = (uint32_t)e->start_mark.column + 1;
    *out = n;
    return RC_OK;
}

/* A finished node goes to its parent, or is the root. */
static void deliver(struct builder *b, const struct node *n)
{
    if (b->depth == 0) {
        b->root = n;
    } else {
        vec_push(&b->children, n);
    }
}

/* Room for the name now; the node itself only when it is finished, so that no alias is
 * inside its own anchor. */
static struct rc anchor_declare(struct builder *b, const yaml_event_t *e,
                                const yaml_char_t *name, uint32_t *out)
{
    *out = MAP_NONE;
    if (name == NULL) {
        return RC_OK;
    }
    if (b->anchors.n >= MAX_ANCHORS) {
        return fail(b, ERR_TOO_MANY, e->start_mark, "more than %d anchors", MAX_ANCHORS);
    }
    struct str key;
    if (rc_failed(arena_copy(b->arena, str_of((const char *)name), &key))) {
        return fail_full(b, e->start_mark);
    }
    *out = (uint32_t)b->anchors.n;
    vec_push(&b->anchors, NULL);
    map_set(&b->names, key, *out);
    return RC_OK;
}

static void anchor_set(struct builder *b, uint32_t name, const struct node *n)
{
    if (name != MAP_NONE) {
        b->anchors.p[name] = n;
    }
}

/* Sets *out_text when the tag says that the scalar is text whatever it looks like. */
static struct rc check_tag(struct builder *b, const yaml_event_t *e, const yaml_char_t *tag,
                           bool *out_text)
{
    static const char *const known[] = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"};
    *out_text = false;
    if (tag == NULL) {
        return RC_OK;
    }
    struct str t = str_of((const char *)tag);
    if (str_eq(t, STR("!")) || str_eq(t, STR("tag:yaml.org,2002:str"))) {
        *out_text = true;
        return RC_OK;
    }
    if (str_eq(t, str_of(known[0])) || str_eq(t, str_of(known[1]))) {
        return RC_OK;
    }
    return fail(b, ERR_UNSUPPORTED, e->start_mark,
                "the tag '%.100s' has no meaning in a rule: remove it", (const char *)tag);
}

static struct rc on_scalar(struct builder *b, const yaml_event_t *e)
{
    struct node *n = NULL;
    uint32_t name;
    bool is_text;
    TRY(node_new(b, e, NODE_SCALAR, &n));
    TRY(check_tag(b, e, e->data.scalar.tag, &is_text));
    TRY(anchor_declare(b, e, e->data.scalar.anchor, &name));
    yaml_scalar_style_t style = e->data.scalar.style;
    n->style = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE
                   ? NODE_BLOCK
               : style == YAML_PLAIN_SCALAR_STYLE && !is_text ? NODE_PLAIN
                                                              : NODE_QUOTED;
    struct str text = {(const char *)e->data.scalar.value, e->data.scalar.length};
    if (rc_failed(arena_copy(b->arena, text, &n->text))) {
        return fail_full(b, e->start_mark);
    }
    anchor_set(b, name, n);
    deliver(b, n);
    return RC_OK;
}

static struct rc on_alias(struct builder *b, const yaml_event_t *e)
{
    const char *name = (const char *)e->data.alias.anchor;
    uint32_t at = map_get(&b->names, str_of(name));
    if (at == MAP_NONE) {
        return fail(b, ERR_SYNTAX, e->start_mark, "the alias *%.100s has no anchor before it",
                    name);
    }
    if (b->anchors.p[at] == NULL) {
        return fail(b, ERR_SYNTAX, e->start_mark, "the alias *%.100s contains itself", name);
    }
    if (b->reader->nodes >= DOCUMENT_MAX_NODES) {
        return fail_many(b, e->start_mark);
    }
    b->reader->nodes++;
    deliver(b, b->anchors.p[at]);
    return RC_OK;
}

static struct rc on_start(struct builder *b, const yaml_event_t *e, enum node_kind kind)
{
    bool is_map = kind == NODE_MAP;
    bool is_text;
    struct frame f = {.first = b->children.n};
    if (b->depth == DOCUMENT_MAX_DEPTH) {
        return fail(b, ERR_DEPTH, e->start_mark, "nested deeper than %d levels",
                    DOCUMENT_MAX_DEPTH);
    }
    TRY(check_tag(b, e, is_map ? e->data.mapping_start.tag : e->data.sequence_start.tag,
                  &is_text));
    TRY(node_new(b, e, kind, &f.node));
    TRY(anchor_declare(
        b, e, is_map ? e->data.mapping_start.anchor : e->data.sequence_start.anchor, &f.name));
    b->frames[b->depth++] = f;
    return RC_OK;
}

static struct rc on_list_end(struct builder *b, const yaml_event_t *e)
{
    struct frame f = b->frames[--b->depth];
    size_t n = b->children.n - f.first;
    const struct node **items = arena_alloc(b->arena, n * sizeof(*items));
    if (items == NULL) {
        return fail_full(b, e->start_mark);
    }
    if (n != 0) {
        memcpy(items, b->children.p + f.first, n * sizeof(*items));
    }
    b->children.n = f.first;
    f.node->items = items;
    f.node->count = (uint32_t)n;
    anchor_set(b, f.name, f.node);
    deliver(b, f.node);
    return RC_OK;
}

static yaml_mark_t mark_of(const struct builder *b, const struct node *n)
{
    return (yaml_mark_t){.line = n->line - 1 - b->first_line, .column = n->column - 1};
}

static struct rc fail_twice(struct builder *b, const struct node *key, const struct node *first)
{
    return fail(b, ERR_DUPLICATE, mark_of(b, key),
                "the key '%.*s' stands here twice (first in line %u): merge the two",
                key->text.n > 100 ? 100 : (int)key->text.n, key->text.p, first->line);
}

static struct rc check_few_keys(struct builder *b, const struct node_pair *pairs, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        size_t j = 0;
        while (!str_eq(pairs[i].key->text, pairs[j].key->text)) {
            j++;
        }
        if (j < i) {
            return fail_twice(b, pairs[i].key, pairs[j].key);
        }
    }
    return RC_OK;
}

static struct rc check_keys(struct builder *b, const struct node_pair *pairs, size_t n)
{
    if (n <= FEW_KEYS) {
        return check_few_keys(b, pairs, n);
    }
    struct map seen = {.seed = b->names.seed};
    struct rc rc = RC_OK;
    for (size_t i = 0; i < n && !rc_failed(rc); i++) {
        uint32_t first = map_add(&seen, pairs[i].key->text, (uint32_t)i);
        rc = first == i ? RC_OK : fail_twice(b, pairs[i].key, pairs[first].key);
    }
    map_free(&seen);
    return rc;
}

static bool is_merge_key(const struct node *key)
{
    return key->style == NODE_PLAIN && str_eq(key->text, STR("<<"));
}

/* Add to n the pairs of source whose keys n lacks. */
static struct rc inherit(struct builder *b, const struct node *source, struct node *n)
{
    if (source->kind != NODE_MAP) {
        return fail(b, ERR_SYNTAX, mark_of(b, source), "`<<` takes a map or a list of maps");
    }
    size_t room = (size_t)n->count + source->count;
    if (room > DOCUMENT_MAX_NODES - b->reader->nodes) {
        return fail_many(b, mark_of(b, source));
    }
    b->reader->nodes += (uint32_t)room;
    struct node_pair *pairs = arena_alloc(b->arena, room * sizeof(*pairs));
    if (pairs == NULL) {
        return fail_full(b, mark_of(b, source));
    }
    struct map own = {.seed = b->names.seed};
    size_t count = n->count;
    for (size_t i = 0; i < count; i++) {
        pairs[i] = n->pairs[i];
        map_set(&own, pairs[i].key->text, (uint32_t)i);
    }
    for (uint32_t i = 0; i < source->count; i++) {
        if (map_get(&own, source->pairs[i].key->text) == MAP_NONE) {
            pairs[count++] = source->pairs[i];
        }
    }
    map_free(&own);
    n->pairs = pairs;
    n->count = (uint32_t)count;
    return RC_OK;
}

/* The value of `<<`: a map, or a list of maps of which the first wins. */
static struct rc inherit_all(struct builder *b, const struct node *value, struct node *n)
{
    if (value->kind != NODE_LIST) {
        return inherit(b, value, n);
    }
    for (uint32_t i = 0; i < value->count; i++) {
        TRY(inherit(b, value->items[i], n));
    }
    return RC_OK;
}

static struct rc on_map_end(struct builder *b, const yaml_event_t *e)
{
    struct frame f = b->frames[--b->depth];
    size_t n = (b->children.n - f.first) / 2, count = 0;
    /* NULL for a root of `{}`: nothing was ever pushed */
    const struct node **children = n == 0 ? NULL : b->children.p + f.first;
    const struct node *merge = NULL;
    struct node_pair *pairs = arena_alloc(b->arena, n * sizeof(*pairs));
    if (pairs == NULL) {
        return fail_full(b, e->start_mark);
    }
    for (size_t i = 0; i < n; i++) {
        struct node_pair pair = {children[2 * i], children[2 * i + 1]};
        if (pair.key->kind != NODE_SCALAR) {
            return fail(b, ERR_SYNTAX, mark_of(b, pair.key), "a key must be text");
        }
        if (is_merge_key(pair.key) && merge == NULL) {
            merge = pair.value;
        } else {
            pairs[count++] = pair;
        }
    }
    b->children.n = f.first;
    TRY(check_keys(b, pairs, count));
    f.node->pairs = pairs;
    f.node->count = (uint32_t)count;
    if (merge != NULL) {
        TRY(inherit_all(b, merge, f.node));
    }
    anchor_set(b, f.name, f.node);
    deliver(b, f.node);
    return RC_OK;
}

static struct rc on_event(struct builder *b, const yaml_event_t *e)
{
    switch ((int)e->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(b, e);
    case YAML_ALIAS_EVENT:
        return on_alias(b, e);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(b, e, NODE_LIST);
    case YAML_MAPPING_START_EVENT:
        return on_start(b, e, NODE_MAP);
    case YAML_SEQUENCE_END_EVENT:
        return on_list_end(b, e);
    case YAML_MAPPING_END_EVENT:
        return on_map_end(b, e);
    default: /* the bounds of stream and document carry nothing */
        return RC_OK;
    }
}

/* The line and column of a byte of this document's text. */
static yaml_mark_t mark_at(struct str text, size_t offset)
{
    yaml_mark_t at = {0};
    struct str before = str_upto(text, offset);
    for (size_t i = 0; i < before.n; i++) {
        at.column = before.p[i] == '\n' ? 0 : at.column + 1;
        at.line += before.p[i] == '\n';
    }
    return at;
}

static struct rc fail_syntax(struct builder *b, struct str text)
{
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_READER_ERROR) {
        return fail(b, ERR_SYNTAX, mark_at(text, p->problem_offset),
                    "not YAML: %s; a rule is UTF-8 text", p->problem);
    }
    if (p->context == NULL) {
        return fail(b, ERR_SYNTAX, p->problem_mark, "not YAML: %s", p->problem);
    }
    return fail(b, ERR_SYNTAX, p->problem_mark, "not YAML: %s %s (begun in line %u)",
                p->problem, p->context, b->first_line + (unsigned)p->context_mark.line + 1);
}

/* All events of one document. */
static struct rc build(struct builder *b, struct str text)
{
    struct rc rc = RC_OK;
    for (bool done = false; !done && !rc_failed(rc);) {
        yaml_event_t e;
        if (yaml_parser_parse(&b->parser, &e) == 0) {
            return fail_syntax(b, text);
        }
        if (e.type == YAML_DOCUMENT_START_EVENT && b->root != NULL) {
            rc = fail(b, ERR_SYNTAX, e.start_mark, "put `---` between two documents");
        } else {
            rc = on_event(b, &e);
        }
        done = e.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&e);
    }
    return rc;
}

static bool is_marker(struct str line, const char *marker)
{
    return line.n >= 3 && memcmp(line.p, marker, 3) == 0 &&
           (line.n == 3 || str_is_space(line.p[3]));
}

static struct str line_at(struct str text, size_t at)
{
    struct str rest = str_from(text, at);
    const char *end = rest.n == 0 ? NULL : memchr(rest.p, '\n', rest.n);
    return end == NULL ? rest : str_upto(rest, (size_t)(end - rest.p));
}

/*
 * Cut the next document out of the text: to the next `---` or past the next `...`. At the start
 * of a line neither can be anything else, whatever the document's own faults are.
 */
static struct str cut(struct document_reader *r, uint32_t *out_lines, uint32_t *out_directives)
{
    size_t at = r->at;
    bool begun = false;
    *out_lines = *out_directives = 0;
    while (at < r->text.n) {
        struct str line = line_at(r->text, at);
        bool starts = is_marker(line, "---");
        if (starts && begun) {
            break;
        }
        at += line.n + (at + line.n < r->text.n);
        ++*out_lines;
        if (is_marker(line, "...")) {
            break;
        }
        char c = line.n == 0 ? '#' : line.p[0];
        *out_directives += c == '%';
        begun = begun || starts || (c != '#' && c != '%' && c != '\r');
    }
    struct str text = {r->text.p + r->at, at - r->at};
    r->at = at;
    return text;
}

static struct rc read_one(struct document_reader *r, struct arena *a,
                          struct document_fault *fault, const struct node **out_root)
{
    uint32_t lines, directives;
    struct builder b = {.reader = r, .arena = a, .fault = fault, .first_line = r->line};
    struct str text = cut(r, &lines, &directives);
    r->line += lines;
    if (++r->documents > DOCUMENT_MAX_PER_FILE) {
        return fail(&b, ERR_TOO_MANY, (yaml_mark_t){0},
                    "more than %d documents in one file: split it", DOCUMENT_MAX_PER_FILE);
    }
    if (directives > MAX_DIRECTIVES) {
        return fail(&b, ERR_UNSUPPORTED, (yaml_mark_t){0},
                    "more than %d YAML directives: a rule needs none", MAX_DIRECTIVES);
    }
    check(yaml_parser_initialize(&b.parser) != 0);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)text.p, text.n);
    b.names.seed = hash_64(bytes_of(str_upto(text, 256)), (uintptr_t)r);
    struct rc rc = build(&b, text);
    yaml_parser_delete(&b.parser);
    vec_free(&b.children);
    vec_free(&b.anchors);
    map_free(&b.names);
    bool empty = b.root != NULL && b.root->kind == NODE_SCALAR && b.root->text.n == 0;
    *out_root = empty ? NULL : b.root;
    return rc;
}

struct rc document_next(struct document_reader *r, struct arena *a,
                        struct document_fault *fault, const struct node **out_root)
{
    const struct node *root = NULL;
    if (r->at == 0 && str_starts(r->text, STR("\xEF\xBB\xBF"))) {
        r->at = 3;
    }
    while (root == NULL && r->at < r->text.n) {
        struct rc rc = read_one(r, a, fault, &root);
        if (rc.code == ERR_TOO_MANY || rc.code == ERR_ARENA_FULL) {
            r->at = r->text.n;
        }
        TRY(rc);
    }
    *out_root = root;
    return RC_OK;
}

const struct node *document_get(const struct node *map, struct str key)
{
    if (map == NULL || map->kind != NODE_MAP) {
        return NULL;
    }
    for (uint32_t i = 0; i < map->count; i++) {
        if (str_eq(map->pairs[i].key->text, key)) {
            return map->pairs[i].value;
        }
    }
    return NULL;
}

struct merge {
    struct arena *arena;
    uint64_t *work;
};

/* depth is bounded by that of the trees: DOCUMENT_MAX_DEPTH. */
static struct rc merge_maps(struct merge *m, const struct node *base, const struct node *over,
                            size_t depth, const struct node **out)
{
    check(depth <= DOCUMENT_MAX_DEPTH);
    size_t room = (size_t)base->count + over->count;
    if (room > *m->work) {
        return rc_make(ERR_TOO_MANY);
    }
    *m->work -= room;
    struct node *n = arena_alloc(m->arena, sizeof(*n));
    struct node_pair *pairs = arena_alloc(m->arena, room * sizeof(*pairs));
    if (n == NULL || pairs == NULL) {
        return rc_make(ERR_ARENA_FULL);
    }
    struct map own = {.seed = *m->work};
    size_t count = base->count;
    for (size_t i = 0; i < count; i++) {
        pairs[i] = base->pairs[i];
        map_set(&own, pairs[i].key->text, (uint32_t)i);
    }
    struct rc rc = RC_OK;
    for (uint32_t i = 0; i < over->count && !rc_failed(rc); i++) {
        const struct node_pair *o = &over->pairs[i];
        uint32_t at = map_get(&own, o->key->text);
        if (at == MAP_NONE) {
            pairs[count++] = *o;
        } else if (pairs[at].value->kind == NODE_MAP && o->value->kind == NODE_MAP) {
            rc = merge_maps(m, pairs[at].value, o->value, depth + 1, &pairs[at].value);
        } else {
            pairs[at].value = o->value;
        }
    }
    map_free(&own);
    *n = *base;
    n->pairs = pairs;
    n->count = (uint32_t)count;
    *out = n;
    return rc;
}

struct rc document_merge(const struct node *base, const struct node *over, struct arena *a,
                         uint64_t *work, const struct node **out)
{
    return merge_maps(&(struct merge){a, work}, base, over, 0, out);
}
