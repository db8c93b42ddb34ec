/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test.h"

#include "base/buf.h"
#include "base/document.h"
#include "detect/sigma/scalar.h"

struct reading {
    struct arena *arena;
    struct document_reader reader;
    struct document_fault fault;
};

static struct reading open_text(struct str text)
{
    return (struct reading){.arena = arena_open((size_t)64 << 20), .reader = {.text = text}};
}

static const struct node *next_root(struct reading *r)
{
    const struct node *root = NULL;
    struct rc rc = document_next(&r->reader, r->arena, &r->fault, &root);
    if (rc_failed(rc)) {
        print_error("%u:%u %s\n", r->fault.line, r->fault.column, r->fault.text);
    }
    assert_ok(rc);
    return root;
}

static struct rc next_rc(struct reading *r)
{
    const struct node *root = NULL;
    return document_next(&r->reader, r->arena, &r->fault, &root);
}

#define fails_with(yaml, error, at_line, part)                                                 \
    do {                                                                                       \
        struct reading r_ = open_text(yaml);                                                   \
        assert_fails(next_rc(&r_), error);                                                     \
        assert_int_equal(r_.fault.line, at_line);                                              \
        assert_non_null(strstr(r_.fault.text, part));                                          \
        arena_close(r_.arena);                                                                 \
    } while (0)

static void nodes_know_their_place(void **state)
{
    (void)state;
    struct reading r = open_text(STR("a: 1\nb:\n  - 'x y'\n  - c: |\n      text\n"));
    const struct node *root = next_root(&r);
    assert_int_equal(root->count, 2);
    const struct node *list = document_get(root, STR("b"));
    assert_int_equal(list->kind, NODE_LIST);
    assert_int_equal(list->items[0]->line, 3);
    assert_int_equal(list->items[0]->column, 5);
    assert_int_equal(list->items[0]->style, NODE_QUOTED);
    assert_str(list->items[0]->text, "x y");
    const struct node *block = document_get(list->items[1], STR("c"));
    assert_int_equal(block->style, NODE_BLOCK);
    assert_str(block->text, "text\n");
    assert_null(document_get(root, STR("nosuch")));
    assert_null(document_get(list, STR("a")));
    assert_null(next_root(&r));
    arena_close(r.arena);
}

static void a_broken_document_does_not_hide_the_next(void **state)
{
    (void)state;
    struct reading r =
        open_text(STR("a: 1\n---\nb: [1\n---\nc: \"\n...\n# only a comment\n---\n"
                      "d: 4\n"));
    assert_non_null(document_get(next_root(&r), STR("a")));
    assert_fails(next_rc(&r), SYNTAX);
    assert_fails(next_rc(&r), SYNTAX);
    const struct node *root = next_root(&r);
    assert_non_null(document_get(root, STR("d")));
    assert_int_equal(root->line, 9);
    assert_null(next_root(&r));
    arena_close(r.arena);
    r = open_text(STR("{}\n---\n[]\n"));
    assert_int_equal(next_root(&r)->count, 0);
    assert_int_equal(next_root(&r)->kind, NODE_LIST);
    arena_close(r.arena);
}

static void faults_are_located(void **state)
{
    (void)state;
    fails_with(STR("a: 1\nb: 2\na: 3\n"), DUPLICATE, 3, "twice (first in line 1)");
    fails_with(STR("a: [1, 2\n"), SYNTAX, 2, "not YAML");
    fails_with(STR("? [x]\n: 1\n"), SYNTAX, 1, "a key must be text");
    fails_with(STR("a: *nosuch\n"), SYNTAX, 1, "no anchor before it");
    fails_with(STR("a: &x [*x]\n"), SYNTAX, 1, "contains itself");
    fails_with(STR("a: !!python/object x\n"), UNSUPPORTED, 1, "has no meaning");
    fails_with(STR("a: b\n\nc: \xFF\n"), SYNTAX, 3, "UTF-8");
    fails_with(STR("a: b\rc: d\r---\re: f\r"), SYNTAX, 3, "put `---` between");
    fails_with(STR("%TAG !a! x\n%TAG !b! x\n%TAG !c! x\n%TAG !d! x\n%TAG !e! x\n---\na: 1\n"),
               UNSUPPORTED, 1, "directives");
}

static void duplicates_in_large_maps_are_found(void **state)
{
    (void)state;
    AUTO_BUF text = {0};
    for (unsigned i = 0; i < 1000; i++) {
        buf_printf(&text, "key%u: 1\n", i);
    }
    buf_puts(&text, "key500: 2\n");
    fails_with(buf_str(&text), DUPLICATE, 1001, "first in line 501");
}

static void aliases_share_and_merge_keys_inherit(void **state)
{
    (void)state;
    struct reading r = open_text(STR("a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}\n"
                                     "d: {<<: [{p: 4}, *x], r: 5}\n"));
    const struct node *root = next_root(&r);
    assert_ptr_equal(document_get(root, STR("a")), document_get(root, STR("b")));
    const struct node *c = document_get(root, STR("c"));
    assert_int_equal(c->count, 2);
    assert_str(document_get(c, STR("q"))->text, "3");
    assert_str(document_get(c, STR("p"))->text, "1");
    const struct node *d = document_get(root, STR("d"));
    assert_int_equal(d->count, 3);
    assert_str(document_get(d, STR("p"))->text, "4");
    arena_close(r.arena);
}

/* Nested deeply, repeated by aliases, without end: a stated fault each, at a bounded cost. */
static void bombs_are_refused(void **state)
{
    (void)state;
    AUTO_BUF deep = {0}, flow = {0}, laughs = {0}, many = {0}, merges = {0};
    buf_fill(&flow, '[', 1000000);
    fails_with(buf_str(&flow), DEPTH, 1, "nested deeper");
    for (unsigned i = 0; i < 100000; i++) {
        buf_puts(&deep, "- ");
    }
    fails_with(buf_str(&deep), DEPTH, 1, "nested deeper");
    buf_puts(&laughs, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (unsigned i = 1; i < 60; i++) {
        buf_printf(&laughs, "a%u: &a%u [*a%u, *a%u, *a%u, *a%u, *a%u]\n", i, i, i - 1, i - 1,
                   i - 1, i - 1, i - 1);
    }
    struct reading r = open_text(buf_str(&laughs));
    assert_int_equal(next_root(&r)->count, 60);
    assert_true(arena_used(r.arena) < 100000);
    arena_close(r.arena);
    buf_puts(&many, "[");
    for (unsigned i = 0; i < DOCUMENT_MAX_NODES; i++) {
        buf_puts(&many, "a,");
    }
    fails_with(buf_str(&many), TOO_MANY, 1, "nodes in one file");
    buf_puts(&merges, "a: &a {");
    for (unsigned i = 0; i < 10000; i++) {
        buf_printf(&merges, "k%u: 1, ", i);
    }
    buf_puts(&merges, "}\nb: [");
    for (unsigned i = 0; i < 10000; i++) {
        buf_puts(&merges, "{<<: *a},");
    }
    buf_puts(&merges, "]\n");
    fails_with(buf_str(&merges), TOO_MANY, 1, "nodes in one file");
}

static void documents_have_a_cap(void **state)
{
    (void)state;
    AUTO_BUF text = {0};
    for (unsigned i = 0; i < DOCUMENT_MAX_PER_FILE + 10; i++) {
        buf_puts(&text, "---\na\n");
    }
    struct reading r = open_text(buf_str(&text));
    for (unsigned i = 0; i < DOCUMENT_MAX_PER_FILE; i++) {
        assert_non_null(next_root(&r));
    }
    assert_fails(next_rc(&r), TOO_MANY);
    assert_null(next_root(&r));
    arena_close(r.arena);
}

static void merging_lays_over(void **state)
{
    (void)state;
    struct reading r =
        open_text(STR("a: 1\nm: {x: 1, y: 2}\n---\na: 2\nm: {y: 3, z: 4}\nn: 5\n"));
    const struct node *base = next_root(&r), *over = next_root(&r), *out;
    uint64_t work = 100;
    assert_ok(document_merge(base, over, r.arena, &work, &out));
    assert_int_equal(out->count, 3);
    assert_str(document_get(out, STR("a"))->text, "2");
    const struct node *m = document_get(out, STR("m"));
    assert_int_equal(m->count, 3);
    assert_str(document_get(m, STR("y"))->text, "3");
    assert_str(document_get(document_get(base, STR("m")), STR("y"))->text, "2");
    work = 3;
    assert_fails(document_merge(base, over, r.arena, &work, &out), TOO_MANY);
    arena_close(r.arena);
}

static struct rc resolve(const char *text, enum node_style style, struct rule_value *out)
{
    const char *reason;
    struct node n = {.kind = NODE_SCALAR, .style = style, .text = str_of(text)};
    return scalar_read(&n, out, &reason);
}

static void plain_scalars_are_yaml_1_1(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum rule_value_kind kind;
        int64_t i; /* also for UNSIGNED and BOOL; FLOAT times 1000 */
    } cases[] = {
        {"0", RULE_VALUE_UNSIGNED, 0},
        {"4688", RULE_VALUE_UNSIGNED, 4688},
        {"-3", RULE_VALUE_SIGNED, -3},
        {"+3", RULE_VALUE_UNSIGNED, 3},
        {"-0", RULE_VALUE_UNSIGNED, 0},
        {"0x17", RULE_VALUE_UNSIGNED, 23},
        {"010", RULE_VALUE_UNSIGNED, 8},
        {"1_000", RULE_VALUE_UNSIGNED, 1000},
        {"0b101", RULE_VALUE_UNSIGNED, 5},
        {"1:30", RULE_VALUE_UNSIGNED, 90},
        {"190:20:30", RULE_VALUE_UNSIGNED, 685230},
        {"-9223372036854775808", RULE_VALUE_SIGNED, INT64_MIN},
        {"yes", RULE_VALUE_BOOL, 1},
        {"Off", RULE_VALUE_BOOL, 0},
        {"TRUE", RULE_VALUE_BOOL, 1},
        {"n", RULE_VALUE_TEXT, 0},
        {"tRUE", RULE_VALUE_TEXT, 0},
        {"", RULE_VALUE_NULL, 0},
        {"~", RULE_VALUE_NULL, 0},
        {"Null", RULE_VALUE_NULL, 0},
        {"1.5", RULE_VALUE_FLOAT, 1500},
        {"-1.", RULE_VALUE_FLOAT, -1000},
        {".5", RULE_VALUE_FLOAT, 500},
        {"1.5e+1", RULE_VALUE_FLOAT, 15000},
        {"1.5e1", RULE_VALUE_TEXT, 0},
        {"1e3", RULE_VALUE_TEXT, 0},
        {"08", RULE_VALUE_TEXT, 0},
        {"0o17", RULE_VALUE_TEXT, 0},
        {"0x", RULE_VALUE_TEXT, 0},
        {"1:60", RULE_VALUE_TEXT, 0},
        {"10.0.0.1", RULE_VALUE_TEXT, 0},
        {"-", RULE_VALUE_TEXT, 0},
        {".", RULE_VALUE_TEXT, 0},
        {"-.5", RULE_VALUE_TEXT, 0},
        {"2021-1-1", RULE_VALUE_TEXT, 0},
        {"2021-01-01-x", RULE_VALUE_TEXT, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rule_value v;
        assert_ok(resolve(cases[i].text, NODE_PLAIN, &v));
        if (v.kind != cases[i].kind) {
            print_error("%s\n", cases[i].text);
        }
        assert_int_equal(v.kind, cases[i].kind);
        int64_t got = v.kind == RULE_VALUE_FLOAT      ? (int64_t)(v.f * 1000)
                      : v.kind == RULE_VALUE_BOOL     ? v.b
                      : v.kind == RULE_VALUE_SIGNED   ? v.i
                      : v.kind == RULE_VALUE_UNSIGNED ? (int64_t)v.u
                                                      : 0;
        assert_true(got == cases[i].i);
        assert_ok(resolve(cases[i].text, NODE_QUOTED, &v));
        assert_int_equal(v.kind, RULE_VALUE_TEXT);
    }
    struct rule_value v;
    assert_ok(resolve("18446744073709551615", NODE_PLAIN, &v));
    assert_true(v.kind == RULE_VALUE_UNSIGNED && v.u == UINT64_MAX);
}

static void dates_and_huge_numbers_have_no_kind(void **state)
{
    (void)state;
    static const char *const cases[] = {"2021-01-01",
                                        "2021-1-1 12:00:00",
                                        "2021-01-01T00:00:00Z",
                                        "18446744073709551616",
                                        "-9223372036854775809",
                                        "0xFFFFFFFFFFFFFFFFF",
                                        ".inf",
                                        "-.INF",
                                        ".nan"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rule_value v;
        assert_fails(resolve(cases[i], NODE_PLAIN, &v), TYPE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_their_place),
        cmocka_unit_test(a_broken_document_does_not_hide_the_next),
        cmocka_unit_test(faults_are_located),
        cmocka_unit_test(duplicates_in_large_maps_are_found),
        cmocka_unit_test(aliases_share_and_merge_keys_inherit),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(documents_have_a_cap),
        cmocka_unit_test(merging_lays_over),
        cmocka_unit_test(plain_scalars_are_yaml_1_1),
        cmocka_unit_test(dates_and_huge_numbers_have_no_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
