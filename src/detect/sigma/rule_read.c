/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/rule_read.h"

#include "detect/sigma/aggregate.h"
#include "detect/sigma/detection.h"
#include "detect/sigma/lint.h"

enum {
    MAX_TITLE_CHARACTERS = 256, /* src: sigma-specification 2.1.0, title */
    MAX_CONDITIONS = 1000,
};

bool rule_read_is_uuid(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = str_lower(s.p[i]);
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? c != '-' : !str_is_digit(c) && (c < 'a' || c > 'f')) {
            return false;
        }
    }
    return s.n == 36;
}

struct rc rule_read_id(struct loader *l, const struct node *root, struct str *out)
{
    const struct node *n = document_get(root, STR("id"));
    *out = (struct str){"", 0};
    if (n == NULL) {
        return RC_OK;
    }
    if (n->kind != NODE_SCALAR || !rule_read_is_uuid(n->text)) {
        return loader_reject(l, n,
                             "the id must be a UUID, 8-4-4-4-12 hex digits: uuidgen makes "
                             "one");
    }
    return loader_copy_lower(l, n->text, out);
}

static size_t characters(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++) {
        count += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    }
    return count;
}

struct rc rule_read_title(struct loader *l, const struct node *root, struct str *out)
{
    const struct node *n = document_get(root, STR("title"));
    TRY(loader_get_text(l, root, STR("title"), out));
    if (out->n == 0) {
        return loader_reject(l, n == NULL ? root : n, "a rule needs a title");
    }
    if (characters(*out) > MAX_TITLE_CHARACTERS) {
        return loader_reject(l, n, "the title is longer than %d characters",
                             MAX_TITLE_CHARACTERS);
    }
    return RC_OK;
}

static struct rc read_lower(struct loader *l, const struct node *map, struct str key,
                            struct str *out)
{
    const struct node *n = document_get(map, key);
    *out = (struct str){"", 0};
    if (n == NULL) {
        return RC_OK;
    }
    if (n->kind != NODE_SCALAR) {
        return loader_reject(l, n, "`%.*s` of a logsource must be text", LOADER_SHOW(key));
    }
    return loader_copy_lower(l, n->text, out);
}

struct rc rule_read_logsource(struct loader *l, const struct node *of,
                              struct logsource_want *out)
{
    const struct node *n = document_get(of, STR("logsource"));
    if (n->kind != NODE_MAP) {
        return loader_reject(l, n, "a logsource is a map of product, category and service");
    }
    TRY(read_lower(l, n, STR("product"), &out->product));
    TRY(read_lower(l, n, STR("category"), &out->category));
    TRY(read_lower(l, n, STR("service"), &out->service));
    if (out->product.n + out->category.n + out->service.n == 0) {
        return loader_forbid(l, n,
                             "the logsource names no product, category or service: the "
                             "rule applies to every event");
    }
    return RC_OK;
}

static struct rc read_metadata(struct loader *l, const struct node *root, struct rule *r)
{
    struct rc rc = RC_OK;
    struct str level;
    loader_gather(&rc, rule_read_title(l, root, &r->title));
    loader_gather(&rc, rule_read_id(l, root, &r->id));
    loader_gather(&rc, loader_get_text(l, root, STR("name"), &r->name));
    loader_gather(&rc, loader_get_text(l, root, STR("status"), &r->status));
    loader_gather(&rc, loader_get_text(l, root, STR("description"), &r->description));
    loader_gather(&rc, loader_get_text(l, root, STR("date"), &r->date));
    loader_gather(&rc, loader_get_text(l, root, STR("level"), &level));
    loader_gather(&rc, loader_get_texts(l, root, STR("tags"), &r->tags, &r->tag_count));
    loader_gather(&rc, loader_get_texts(l, root, STR("falsepositives"), &r->false_positives,
                                        &r->false_positive_count));
    const struct node *author = document_get(root, STR("author"));
    if (author != NULL && author->kind == NODE_SCALAR) {
        loader_gather(&rc, loader_copy(l, author->text, &r->author));
    }
    r->level = LEVEL_MEDIUM;
    r->level_stated = level_parse(level, &r->level);
    if (!rc_failed(rc)) {
        lint_metadata(l, root, r);
    }
    return rc;
}

struct conditions {
    const struct node *node; /* scalar or list */
    const struct detection *detection;
    struct condition_names names;
};

static struct rc read_one(struct loader *l, const struct conditions *c, const struct node *at,
                          struct rule_reading *out, const struct condition **out_condition)
{
    struct str rest;
    TRY(condition_parse(l, at, &c->names, out_condition, &rest));
    if (rest.n == 0) {
        return RC_OK;
    }
    if (l->opts->strict) {
        return loader_reject(l, at,
                             "`|` in a condition is gone from Sigma: write a correlation "
                             "rule");
    }
    return aggregate_parse(l, at, rest, &out->aggregate);
}

static struct rc read_conditions(struct loader *l, const struct conditions *c,
                                 struct rule_reading *out)
{
    const struct condition *all[MAX_CONDITIONS];
    const struct node *n = c->node;
    if (n->kind == NODE_SCALAR) {
        TRY(read_one(l, c, n, out, &out->rule.condition));
        detection_warn_unused(l, c->detection, &c->names);
        return RC_OK;
    }
    if (n->kind == NODE_MAP || n->count == 0 || n->count > MAX_CONDITIONS) {
        return loader_reject(l, n, "a condition is text, or a list of 1 to %d texts",
                             MAX_CONDITIONS);
    }
    for (uint32_t i = 0; i < n->count; i++) {
        TRY(read_one(l, c, n->items[i], out, &all[i]));
        if (out->aggregate.n != 0) {
            return loader_reject(l, n->items[i],
                                 "an aggregation cannot be one of several "
                                 "conditions");
        }
    }
    detection_warn_unused(l, c->detection, &c->names);
    return condition_join(l, CONDITION_OR, all, n->count, &out->rule.condition);
}

static struct rc read_detection(struct loader *l, const struct node *root,
                                struct rule_reading *out)
{
    const struct node *n = document_get(root, STR("detection"));
    if (n == NULL || n->kind != NODE_MAP) {
        return loader_reject(l, n == NULL ? root : n,
                             "a rule needs a detection: a map of "
                             "selections and a condition");
    }
    struct detection d = {0};
    struct conditions c = {.node = document_get(n, STR("condition")), .detection = &d};
    struct rc rc = detection_read(l, n, &d);
    if (c.node == NULL) {
        return loader_reject(l, n, "a detection needs a condition");
    }
    if (rc.code == 0) {
        rc = detection_names(l, &d, &c.names);
    }
    if (rc.code == 0) {
        rc = read_conditions(l, &c, out);
    }
    out->rule.selections = d.selections;
    out->rule.selection_count = d.count;
    return rc;
}

struct rc rule_read(struct loader *l, const struct node *root, struct rule_reading *out)
{
    struct rule *r = &out->rule;
    struct rc rc = RC_OK;
    *out = (struct rule_reading){.rule = {.path = l->path, .line = root->line}};
    loader_gather(&rc, read_metadata(l, root, r));
    if (document_get(root, STR("logsource")) != NULL) {
        loader_gather(&rc, rule_read_logsource(l, root, &r->logsource));
    } else {
        loader_gather(&rc, loader_forbid(l, root,
                                         "no logsource: the rule applies to every "
                                         "event"));
    }
    loader_gather(&rc, read_detection(l, root, out));
    if (!rc_failed(rc)) {
        lint_field_case(l, r);
    }
    return rc;
}
