/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/roster.h"

#include "ledger/text.h"

static const struct str title = STR_INIT("tocsin-sources/v1");

void roster_free(struct roster *r)
{
    vec_free(&r->sources);
}

struct roster_source *roster_find(const struct roster *r, struct str name)
{
    for (size_t i = 0; i < r->sources.n; i++) {
        if (str_eq(roster_name(&r->sources.p[i]), name)) {
            return &r->sources.p[i];
        }
    }
    return NULL;
}

struct roster_source *roster_of(const struct roster *r, uint32_t id)
{
    for (size_t i = 0; i < r->sources.n; i++) {
        if (r->sources.p[i].id == id) {
            return &r->sources.p[i];
        }
    }
    return NULL;
}

static struct roster_source *add(struct roster *r, uint32_t id, struct str name)
{
    if (r->sources.n == INDEX_MAX_SOURCES) {
        return NULL;
    }
    check(batch_name_valid(name));
    struct roster_source s = {
        .id = id, .trust = TRUST_NONE, .owner = ROLE_SUPERVISOR, .name_n = (uint8_t)name.n};
    memcpy(s.name, name.p, name.n);
    vec_push(&r->sources, s);
    return &r->sources.p[r->sources.n - 1];
}

void roster_from_index(struct roster *r, const struct index *index)
{
    for (size_t i = 0; i < index->sources.n; i++) {
        const struct index_source *s = &index->sources.p[i];
        check(add(r, s->id, (struct str){s->name, s->name_n}) != NULL);
    }
}

struct roster_source *roster_add(struct roster *r, struct str name)
{
    uint32_t top = 0;
    for (size_t i = 0; i < r->sources.n; i++) {
        top = r->sources.p[i].id > top ? r->sources.p[i].id : top;
    }
    return top == UINT32_MAX ? NULL : add(r, top + 1, name);
}

void roster_close(struct roster *r, enum role owner)
{
    for (size_t i = 0; i < r->sources.n; i++) {
        if (r->sources.p[i].owner == owner) {
            r->sources.p[i].owner = ROLE_SUPERVISOR;
        }
    }
}

void roster_encode(const struct roster *r, struct buf *out)
{
    buf_put(out, title);
    buf_putc(out, '\n');
    for (size_t i = 0; i < r->sources.n; i++) {
        const struct roster_source *s = &r->sources.p[i];
        buf_u64(out, s->id);
        buf_putc(out, ' ');
        buf_u64(out, s->kind);
        buf_putc(out, ' ');
        buf_u64(out, s->trust);
        buf_putc(out, ' ');
        buf_put(out, roster_name(s));
        buf_putc(out, '\n');
    }
}

/* The next word of a line. */
static struct str word(struct str *line)
{
    size_t blank = str_find_char(*line, ' ');
    struct str s = str_upto(*line, blank);
    *line = blank == SIZE_MAX ? STR("") : str_from(*line, blank + 1);
    return s;
}

static uint64_t number(struct text *t, struct str *line, uint64_t most)
{
    uint64_t n = text_u64(t, word(line));
    t->fault |= n > most;
    return n;
}

static void parse_line(struct roster *r, struct text *t)
{
    struct str line = text_line(t);
    uint64_t id = number(t, &line, UINT32_MAX);
    uint64_t kind = number(t, &line, UINT8_MAX);
    uint64_t trust = number(t, &line, TRUST_COUNT - 1);
    if (t->fault || !batch_name_valid(line)) {
        t->fault = true;
        return;
    }
    struct roster_source *s = roster_find(r, line);
    if (s == NULL && roster_of(r, (uint32_t)id) == NULL) {
        s = add(r, (uint32_t)id, line);
    }
    if (s != NULL) {
        s->kind = (uint8_t)kind;
        s->trust = (uint8_t)trust;
    }
}

struct rc roster_parse(struct roster *r, struct str in)
{
    struct text t = text_of(in);
    text_literal(&t, title);
    while (!t.fault && t.left.n > 0) {
        parse_line(r, &t);
    }
    return text_done(&t);
}
