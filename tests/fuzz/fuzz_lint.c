/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A notice that somebody edited: any bytes. First byte: audience and format. Each refusal has a
 * place and a text inside the notice; and what was found is found again.
 */
#include "base/unicode.h"
#include "inform/lint.h"

enum { ARENA_BYTES = 24 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct str text, const struct lint_opts *o, struct arena *a)
{
    struct lint_result r, again;
    struct rc rc = lint_run(text, o, a, &r);
    check(unicode_is_utf8(text) || rc_failed(rc));
    if (rc_failed(rc)) {
        return;
    }
    check(r.count <= r.all && r.count <= LINT_MAX_REFUSALS);
    uint32_t line = 1;
    for (uint32_t i = 0; i < r.count; i++) {
        const struct lint_refusal *f = &r.refusals[i];
        check(lint_rule_applies(f->rule, o->audience));
        check(f->found.n <= LINT_MAX_FOUND_BYTES);
        check(f->line == 0 || (f->line >= line && f->column >= 1));
        check(f->found.n == 0 ||
              (f->found.p >= text.p && f->found.p + f->found.n <= text.p + text.n));
        line = f->line == 0 ? line : f->line;
    }
    check(!rc_failed(lint_run(text, o, a, &again)));
    check(again.all == r.all);
    AUTO_BUF out = {0};
    lint_print(&out, STR("notice"), &r);
    lint_print_json(&out, STR("notice"), &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t refs[] = {1};
    if (size == 0) {
        return 0;
    }
    struct assertion assertions[] = {
        {.number = 1,
         .kind = ASSERTION_SOURCE_ADDRESS,
         .tlp = TLP_AMBER,
         .value = STR("203.0.113.66"),
         .refs = refs,
         .ref_count = 1},
        {.number = 2,
         .kind = ASSERTION_ACCOUNT_USED,
         .person_at_risk = true,
         .value = STR("clerk")},
    };
    struct entity entities[] = {{.kind = ENTITY_HOST, .value = STR("registry")}};
    struct incident incident = {.assertions = assertions,
                                .assertion_count = COUNT_OF(assertions),
                                .entities = entities,
                                .entity_count = COUNT_OF(entities)};
    struct lint_opts o = {.audience = (enum notice_audience)(data[0] % NOTICE_AUDIENCE_COUNT),
                          .format = (data[0] & 0x40) != 0 ? NOTICE_HTML : NOTICE_MARKDOWN,
                          .incident = (data[0] & 0x80) != 0 ? &incident : NULL,
                          .institution = {STR("The Court of Example")},
                          .contact = STR("press@court.example"),
                          .now = walltime_from_unix(1800000000)};
    AUTO_ARENA a = arena_open((size_t)ARENA_BYTES);
    look(str_bytes((struct bytes){data + 1, size - 1}), &o, a);
    return 0;
}
