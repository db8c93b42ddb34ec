/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_flatten against jansson on real events: the same paths with the same content in the
 * same order, not merely as many.
 */
#include "test.h"

#include "base/buf.h"
#include "base/heap.h"
#include "decode/json.h"
#include "decode/lines.h"

#include <jansson.h>
#include <stdio.h>

static const char *const files[] = {
    "windows-json/otrf/atomic__windows__defense_evasion__host__empire_wmic_add_user_backdoor",
    "windows-json/otrf/atomic__windows__credential_access__host__empire_mimikatz_sam_access",
    "windows-json/otrf/atomic__windows__privilege_escalation__host__empire_invoke_runas",
};

struct compared {
    struct arena *arena;
    struct buf ours, theirs;
    uint64_t records, wrong;
};

/* "path=content" and a NUL; numbers as jansson would print them. */
static void put_pair(struct buf *out, struct str path, struct str content)
{
    buf_put(out, path);
    buf_putc(out, '=');
    buf_put(out, content);
    buf_putc(out, '\0');
}

static void put_ours(struct compared *c, struct json_pair p)
{
    struct str text = STR("");
    if (p.value.type == VALUE_OBJECT) {
        text = STR("{}");
    } else if (p.value.type == VALUE_EMPTY_LIST) {
        text = STR("[]");
    } else if (p.value.type == VALUE_NULL) {
        text = STR("null");
    } else {
        assert_ok(value_text(p.value, c->arena, &text));
    }
    put_pair(&c->ours, p.path, text);
}

static void put_theirs(struct buf *out, struct str path, const json_t *v, int depth)
{
    check(depth < JSON_MAX_DEPTH);
    char number[32];
    switch (json_typeof(v)) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        break;
    case JSON_STRING:
        put_pair(out, path, (struct str){json_string_value(v), json_string_length(v)});
        return;
    case JSON_INTEGER:
        snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        put_pair(out, path, str_of(number));
        return;
    case JSON_REAL:
        snprintf(number, sizeof(number), "%.17g", json_real_value(v));
        put_pair(out, path, str_of(number));
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        put_pair(out, path, json_is_true(v) ? STR("true") : STR("false"));
        return;
    case JSON_NULL:
        put_pair(out, path, STR("null"));
        return;
    }
    if (json_is_array(v)) {
        for (size_t i = 0; i < json_array_size(v); i++) {
            put_theirs(out, path, json_array_get(v, i), depth + 1);
        }
        if (json_array_size(v) == 0) {
            put_pair(out, path, STR("[]"));
        }
        return;
    }
    if (depth != 0) {
        put_pair(out, path, STR("{}"));
    }
    const char *key;
    json_t *member;
    json_t *object = json_incref((json_t *)(uintptr_t)v);
    json_object_foreach(object, key, member)
    {
        AUTO_BUF below = {0};
        buf_put(&below, path);
        if (depth != 0) {
            buf_putc(&below, '.');
        }
        buf_puts(&below, key);
        put_theirs(out, buf_str(&below), member, depth + 1);
    }
    json_decref(object);
}

static void compare(void *context, const struct lines_record *r)
{
    struct compared *c = context;
    struct json_pairs pairs = {0};
    struct rc rc = json_flatten(str_bytes(r->bytes), c->arena, &pairs);
    json_error_t error;
    json_t *root = json_loadb((const char *)r->bytes.p, r->bytes.n,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    c->records++;
    if (rc_failed(rc) || root == NULL) {
        c->wrong += !rc_failed(rc) || root != NULL;
    } else {
        buf_clear(&c->ours);
        buf_clear(&c->theirs);
        for (size_t i = 0; i < pairs.n; i++) {
            put_ours(c, pairs.p[i]);
        }
        put_theirs(&c->theirs, STR(""), root, 0);
        c->wrong += !str_eq(buf_str(&c->ours), buf_str(&c->theirs));
    }
    json_decref(root);
    arena_reset(c->arena);
}

static void complain(void *context, const struct problem *p)
{
    struct compared *c = context;
    printf("line %lu %s\n", (unsigned long)p->number, rc_text(p->rc));
    c->wrong++;
}

static void compare_file(struct compared *c, const char *name)
{
    enum { BLOCK = 1 << 16 };
    AUTO_BUF command = {0};
    buf_printf(&command, "zstd -dcq ../shared/corpora/%s.jsonl.zst 2>/dev/null", name);
    buf_putc(&command, '\0');
    FILE *f = popen(command.p, "r");
    assert_non_null(f);
    AUTO_HEAP uint8_t *block = heap_alloc(BLOCK);
    struct lines_sink sink = {c, compare, complain};
    struct lines *l = lines_open(LINES_PLAIN, &sink, 0);
    size_t n;
    while ((n = fread(block, 1, BLOCK, f)) != 0) {
        lines_feed(l, (struct bytes){block, n});
    }
    lines_end(l);
    lines_close(l);
    pclose(f);
}

int main(void)
{
    struct compared c = {.arena = arena_open(8 << 20)};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        compare_file(&c, files[i]);
    }
    printf("%lu records, %lu differ\n", (unsigned long)c.records, (unsigned long)c.wrong);
    buf_free(&c.ours);
    buf_free(&c.theirs);
    arena_close(c.arena);
    if (c.records == 0) {
        printf("unit json_jansson: skipped, ../shared/corpora/windows-json is absent\n");
        return 77;
    }
    return c.wrong == 0 ? 0 : 1;
}
