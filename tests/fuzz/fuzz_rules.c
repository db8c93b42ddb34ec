/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rule text, with and without --strict. What loads must hold the promises of rule.h.
 */
#include "detect/sigma/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_condition(const struct rule *r, const struct condition *c, int depth)
{
    check(depth <= CONDITION_MAX_DEPTH);
    check(c->kind != CONDITION_SELECTION || c->selection < r->selection_count);
    check(c->kind != CONDITION_NOT || c->child_count == 1);
    for (uint32_t i = 0; i < c->child_count; i++) {
        check_condition(r, c->children[i], depth + 1);
    }
}

static void check_item(const struct rule_item *item)
{
    check(item->value_count > 0);
    check(item->modifier_count <= ITEM_MAX_MODIFIERS);
    for (uint32_t i = 0; i < item->modifier_count; i++) {
        check(item->modifiers[i] < MODIFIER_COUNT && item->modifiers[i] != MODIFIER_EXPAND);
    }
}

static void check_rule(const struct rule *r)
{
    check(r->title.n > 0);
    for (uint32_t i = 0; i < r->selection_count; i++) {
        const struct rule_selection *s = &r->selections[i];
        check(s->branch_count > 0);
        for (uint32_t j = 0; j < s->branch_count; j++) {
            check(s->branches[j].item_count > 0);
            for (uint32_t k = 0; k < s->branches[j].item_count; k++) {
                check_item(&s->branches[j].items[k]);
            }
        }
    }
    check_condition(r, r->condition, 0);
}

static void run(struct str text, bool strict)
{
    static const struct str values[] = {STR_INIT("a"), STR_INIT("b*")};
    static const struct placeholder lists[] = {{STR_INIT("x"), values, 2}};
    struct ruleset_opts opts = {
        .placeholders = lists, .placeholder_count = 1, .strict = strict};
    struct diag diag = diag_open();
    struct ruleset *set = ruleset_open(&opts);
    ruleset_add(set, STR("fuzz.yml"), text, &diag);
    ruleset_finish(set, &diag);
    size_t count;
    const struct rule *rules = ruleset_rules(set, &count);
    for (size_t i = 0; i < count; i++) {
        check_rule(&rules[i]);
    }
    check(ruleset_counts(set).rejected == 0 || diag.errors > 0);
    ruleset_close(set);
    diag_close(&diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    run(text, false);
    run(text, true);
    return 0;
}
