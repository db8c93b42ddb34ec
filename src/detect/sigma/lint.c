/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/lint.h"

#include "detect/sigma/modifier.h"

static bool is_only_stars(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '*') {
            return false;
        }
    }
    return true;
}

static void lint_value(struct loader *l, const struct rule_item *item,
                       const struct rule_value *v)
{
    struct node at = {.line = v->line, .column = v->column};
    bool is_keyword = item->field.n == 0;
    bool everywhere = is_keyword || modifier_is_on(item, MODIFIER_CONTAINS);
    if (v->kind != RULE_VALUE_TEXT || !everywhere || !is_only_stars(v->text)) {
        return;
    }
    if (is_keyword) {
        loader_warn(l, &at, "this keyword is in every event");
    } else if (v->text.n == 0) {
        loader_warn(l, &at,
                    "every value contains the empty text: write `'*'` without "
                    "|contains if the field must be there");
    }
}

struct rc lint_item(struct loader *l, const struct node *key, const struct rule_item *item,
                    bool is_list)
{
    struct rc rc = RC_OK;
    if (item->value_count == 1 && modifier_is_on(item, MODIFIER_ALL)) {
        loader_gather(&rc, loader_forbid(l, key, "|all needs more than one value: remove it"));
    }
    for (uint32_t i = 0; i < item->value_count; i++) {
        const struct rule_value *v = &item->values[i];
        struct node at = {.line = v->line, .column = v->column};
        lint_value(l, item, v);
        if (is_list && v->kind == RULE_VALUE_NULL && item->field.n != 0) {
            loader_gather(&rc, loader_forbid(l, &at,
                                             "null does not belong in a list: write a "
                                             "selection of its own, `%.*s: null`",
                                             LOADER_SHOW(item->field)));
        }
    }
    return rc;
}

static bool is_status(struct str s)
{
    static const char *const known[] = {"stable", "test", "experimental", "deprecated",
                                        "unsupported"};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (str_eq(s, str_of(known[i]))) {
            return true;
        }
    }
    return false;
}

static void lint_date(struct loader *l, const struct node *root, struct str key)
{
    const struct node *n = document_get(root, key);
    if (n != NULL && n->kind == NODE_SCALAR && str_find_char(n->text, '/') != SIZE_MAX) {
        loader_warn(l, n, "dates are written 2025-11-27, with dashes");
    }
}

void lint_metadata(struct loader *l, const struct node *root, const struct rule *rule)
{
    const struct node *level = document_get(root, STR("level"));
    const struct node *status = document_get(root, STR("status"));
    if (level == NULL) {
        loader_warn(l, root, "no level: taken as medium");
    } else if (!rule->level_stated) {
        loader_warn(l, level,
                    "unknown level '%.*s', taken as medium: write informational, low, "
                    "medium, high or critical",
                    LOADER_SHOW(level->text));
    }
    if (status != NULL && !is_status(rule->status)) {
        loader_warn(l, status,
                    "unknown status '%.*s': write stable, test, experimental, "
                    "deprecated or unsupported",
                    LOADER_SHOW(rule->status));
    }
    if (rule->id.n == 0) {
        loader_warn(l, root,
                    "no id: give the rule one, so that its findings can be told from "
                    "another's; uuidgen makes it");
    }
    lint_date(l, root, STR("date"));
    lint_date(l, root, STR("modified"));
}

/* src: Sysmon and Security event schemas; the fields that SigmaHQ's Windows rules use most */
static const char *const windows_fields[] = {
    "Image",          "CommandLine",     "ParentImage",      "ParentCommandLine",
    "TargetFilename", "TargetObject",    "OriginalFileName", "ImageLoaded",
    "EventID",        "ScriptBlockText", "CurrentDirectory", "IntegrityLevel",
    "SourceImage",    "TargetImage",     "GrantedAccess",    "CallTrace",
    "PipeName",       "QueryName",       "DestinationIp",    "DestinationPort",
    "SourceIp",       "SourcePort",      "SubjectUserName",  "TargetUserName",
    "LogonType",      "IpAddress",       "ServiceName",      "ServiceFileName",
    "ObjectName",     "ProcessName",     "NewProcessName",   "ParentUser",
};

static void lint_field(struct loader *l, const struct rule_item *item)
{
    for (size_t i = 0; i < COUNT_OF(windows_fields); i++) {
        struct str known = str_of(windows_fields[i]);
        if (str_eq_nocase(item->field, known) && !str_eq(item->field, known)) {
            struct node at = {.line = item->line, .column = item->column};
            loader_warn(l, &at, "field names are exact: Windows logs have '%.*s', not '%.*s'",
                        LOADER_SHOW(known), LOADER_SHOW(item->field));
        }
    }
}

void lint_field_case(struct loader *l, const struct rule *rule)
{
    if (!str_eq(rule->logsource.product, STR("windows"))) {
        return;
    }
    for (uint32_t i = 0; i < rule->selection_count; i++) {
        const struct rule_selection *s = &rule->selections[i];
        for (uint32_t j = 0; j < s->branch_count; j++) {
            for (uint32_t k = 0; k < s->branches[j].item_count; k++) {
                lint_field(l, &s->branches[j].items[k]);
            }
        }
    }
}
