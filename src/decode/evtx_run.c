/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/evtx_run.h"

#include "base/buf.h"
#include "base/vec.h"
#include "decode/evtx_cache.h"
#include "decode/evtx_value.h"

enum { SCAN_BYTES_PER_UNIT = 64 };

struct evtx_run {
    const struct fields *names;
    struct evtx_cache *cache;
    struct evtx_compiler *compiler; /* for elements outside of templates */
    struct bytes chunk;
    struct arena *batch;
    size_t record_work, chunk_work; /* left */
    VEC(struct field) fields;
    struct evtx_item *items; /* heap, EVTX_MAX_VALUES; a stack over nested templates */
    size_t item_count;
    struct event event; /* number, time and host so far */
};

/* What the substitutions of a program stand for, and where it stands itself. */
struct frame {
    const struct evtx_program *program;
    const struct evtx_item *items;
    size_t count;
    struct str name; /* of the field around it, for text outside of elements */
    uint16_t id;
    uint8_t depth;
};

/* Binary XML to decode. */
struct fragment {
    uint32_t from, to; /* in the chunk */
    enum evtx_place place;
    struct str name; /* as in struct frame */
    uint16_t id;
    uint8_t depth;
};

static struct rc run_fragment(struct evtx_run *r, const struct fragment *f);

struct evtx_run *evtx_run_open(const struct fields *fields)
{
    struct evtx_run *r = heap_zalloc(1, sizeof(*r));
    r->names = fields;
    r->cache = evtx_cache_open(fields);
    r->compiler = evtx_compile_open(fields);
    r->items = heap_alloc(EVTX_MAX_VALUES * sizeof(*r->items));
    return r;
}

void evtx_run_close(struct evtx_run *r)
{
    if (r != NULL) {
        evtx_cache_close(r->cache);
        evtx_compile_close(r->compiler);
        vec_free(&r->fields);
        heap_free(r->items);
        heap_free(r);
    }
}

void evtx_run_next_chunk(struct evtx_run *r, struct bytes chunk)
{
    evtx_cache_next_chunk(r->cache);
    r->chunk = chunk;
    r->chunk_work = EVTX_MAX_CHUNK_WORK;
}

static struct rc spend(struct evtx_run *r, size_t work)
{
    if (UNLIKELY(work > r->record_work || work > r->chunk_work)) {
        return rc_make(ERR_TOO_MANY);
    }
    r->record_work -= work;
    r->chunk_work -= work;
    return RC_OK;
}

/* Reading text looks at its bytes, and many fields may show one long value. */
static struct rc scalar(struct evtx_run *r, struct evtx_item item, struct value *out)
{
    TRY(spend(r, item.n / SCAN_BYTES_PER_UNIT));
    return evtx_value_scalar(item, r->batch, out);
}

static uint32_t offset_of(const struct evtx_run *r, const uint8_t *p)
{
    return (uint32_t)(p - r->chunk.p);
}

/* The null item stands for a substitution that the record does not give. */
static struct evtx_item item_of(const struct frame *f, uint16_t index)
{
    struct evtx_item none = {.type = EVTX_TYPE_NULL};
    return index < f->count ? f->items[index] : none;
}

/* Without the array flag: an array of fragments is fragments that follow each other. */
static uint8_t type_of(struct evtx_item item)
{
    return item.type & (uint8_t)~EVTX_TYPE_ARRAY;
}

static struct rc set_role(struct evtx_run *r, uint8_t role, struct value v)
{
    struct str s;
    TRY(spend(r, v.n));
    switch ((enum evtx_role)role) {
    case EVTX_ROLE_NONE:
        return RC_OK;
    case EVTX_ROLE_TIME:
        if (v.type == VALUE_FILETIME) {
            struct cursor c = cursor_of((struct bytes){v.p, v.n});
            r->event.time = walltime_from_filetime(cursor_u64(&c));
            return RC_OK;
        }
        TRY(value_text(v, r->batch, &s));
        if (!walltime_parse(s, &r->event.time)) {
            r->event.time = (struct walltime){.us = WALLTIME_NONE};
        }
        return RC_OK;
    case EVTX_ROLE_NUMBER: {
        struct number n = value_number(v);
        if (n.kind == NUMBER_UNSIGNED) {
            r->event.number = n.u;
        }
        return RC_OK;
    }
    case EVTX_ROLE_HOST:
        return value_text(v, r->batch, &r->event.host);
    }
    return RC_OK;
}

static struct rc push(struct evtx_run *r, const struct field *field, uint8_t role)
{
    if (UNLIKELY(r->fields.n == EVTX_MAX_FIELDS)) {
        return rc_make(ERR_TOO_MANY);
    }
    vec_push(&r->fields, *field);
    return role == EVTX_ROLE_NONE ? RC_OK : set_role(r, role, field->value);
}

/* Every member of an array is a field of its own. */
static struct rc push_members(struct evtx_run *r, struct field *field, struct evtx_item array,
                              uint8_t role)
{
    struct evtx_item member;
    if (array.n == 0) {
        field->value = (struct value){array.p, 0, VALUE_TEXT};
        return push(r, field, role);
    }
    while (evtx_value_next(&array, &member)) {
        TRY(spend(r, 1));
        TRY(scalar(r, member, &field->value));
        TRY(push(r, field, role));
    }
    return RC_OK;
}

static struct rc run_nested(struct evtx_run *r, const struct frame *f, const struct evtx_op *op,
                            const struct field *field, struct evtx_item item)
{
    struct fragment inner = {.name = field->name, .id = field->id};
    inner.from = offset_of(r, item.p);
    inner.to = inner.from + item.n;
    inner.place = (enum evtx_place)op->place;
    inner.depth = (uint8_t)(f->depth + 1);
    return run_fragment(r, &inner);
}

/* The usual case: the whole field is one substitution. */
static struct rc run_single(struct evtx_run *r, const struct frame *f, const struct evtx_op *op,
                            struct field *field)
{
    const struct evtx_part *part = &f->program->parts[op->parts.first];
    struct evtx_item item = item_of(f, part->index);
    if (item.type == EVTX_TYPE_NULL && part->kind == EVTX_PART_OPTIONAL) {
        return RC_OK;
    }
    if (type_of(item) == EVTX_TYPE_BINXML) {
        return run_nested(r, f, op, field, item);
    }
    if ((item.type & EVTX_TYPE_ARRAY) != 0) {
        return push_members(r, field, item, op->role);
    }
    TRY(scalar(r, item, &field->value));
    return push(r, field, op->role);
}

static struct rc append(struct evtx_run *r, struct buf *out, struct value v)
{
    struct str s;
    TRY(value_text(v, r->batch, &s));
    TRY(spend(r, s.n));
    buf_put(out, s);
    return RC_OK;
}

static bool is_binxml(const struct frame *f, const struct evtx_part *part)
{
    return (part->kind == EVTX_PART_NORMAL || part->kind == EVTX_PART_OPTIONAL) &&
           type_of(item_of(f, part->index)) == EVTX_TYPE_BINXML;
}

/* The text of one part; arrays are joined by commas, binary XML has none. */
static struct rc append_part(struct evtx_run *r, const struct frame *f,
                             const struct evtx_part *part, struct buf *out)
{
    struct value v = {part->literal.p, (uint32_t)part->literal.n, VALUE_UTF16};
    TRY(spend(r, 1));
    if (part->kind == EVTX_PART_LITERAL) {
        return append(r, out, v);
    }
    if (part->kind == EVTX_PART_FRAGMENT || is_binxml(f, part)) {
        return RC_OK;
    }
    struct evtx_item item = item_of(f, part->index), member;
    if ((item.type & EVTX_TYPE_ARRAY) == 0) {
        TRY(scalar(r, item, &v));
        return append(r, out, v);
    }
    for (bool first = true; evtx_value_next(&item, &member); first = false) {
        TRY(spend(r, 1));
        TRY(scalar(r, member, &v));
        if (!first) {
            buf_putc(out, ',');
        }
        TRY(append(r, out, v));
    }
    return RC_OK;
}

/* Is there something to show, though it may be empty? Only optional parts can be absent. */
static bool is_present(const struct frame *f, struct evtx_parts parts)
{
    for (uint32_t i = parts.first; i < parts.first + parts.count; i++) {
        const struct evtx_part *part = &f->program->parts[i];
        if (part->kind != EVTX_PART_OPTIONAL ||
            item_of(f, part->index).type != EVTX_TYPE_NULL) {
            return true;
        }
    }
    return parts.count == 0;
}

/* Put the text of several parts together. */
static struct rc join(struct evtx_run *r, const struct frame *f, struct evtx_parts parts,
                      struct str *out)
{
    AUTO_BUF text = BUF_WITH_CAP(EVTX_MAX_RECORD_WORK);
    for (uint32_t i = parts.first; i < parts.first + parts.count; i++) {
        TRY(append_part(r, f, &f->program->parts[i], &text));
    }
    return text.full ? rc_make(ERR_TOO_LONG) : arena_copy(r->batch, buf_str(&text), out);
}

/* Binary XML gives fields of its own; what else there is, is text. */
static struct rc run_part(struct evtx_run *r, const struct frame *f, const struct evtx_op *op,
                          const struct field *field, const struct evtx_part *part)
{
    if (is_binxml(f, part)) {
        return run_nested(r, f, op, field, item_of(f, part->index));
    }
    if (part->kind != EVTX_PART_FRAGMENT) {
        return RC_OK;
    }
    struct fragment inner = {part->from,  part->to,  (enum evtx_place)op->place,
                             field->name, field->id, (uint8_t)(f->depth + 1)};
    return run_fragment(r, &inner);
}

static bool has_text(const struct frame *f, struct evtx_parts parts)
{
    for (uint32_t i = parts.first; i < parts.first + parts.count; i++) {
        const struct evtx_part *part = &f->program->parts[i];
        if (part->kind != EVTX_PART_FRAGMENT && !is_binxml(f, part)) {
            return true;
        }
    }
    return parts.count == 0;
}

static struct rc run_joined(struct evtx_run *r, const struct frame *f, const struct evtx_op *op,
                            struct field *field)
{
    TRY(spend(r, op->parts.count));
    if (!is_present(f, op->parts)) {
        return RC_OK;
    }
    for (uint32_t i = 0; i < op->parts.count; i++) {
        TRY(run_part(r, f, op, field, &f->program->parts[op->parts.first + i]));
    }
    if (!has_text(f, op->parts)) {
        return RC_OK;
    }
    struct str text = {NULL, 0};
    TRY(join(r, f, op->parts, &text));
    field->value = value_text_of(text);
    return push(r, field, op->role);
}

/* A name that is itself a substitution. */
static struct rc dynamic_name(struct evtx_run *r, const struct frame *f,
                              const struct evtx_op *op, struct field *field)
{
    struct str name;
    TRY(join(r, f, op->name_parts, &name));
    if (name.n != 0) {
        field->name = name;
        field->id = fields_find(r->names, name);
    }
    return RC_OK;
}

static struct rc run_op(struct evtx_run *r, const struct frame *f, const struct evtx_op *op)
{
    struct field field = {.name = op->name, .id = op->id};
    if (UNLIKELY(op->name_parts.count != 0)) {
        TRY(dynamic_name(r, f, op, &field));
    } else if (UNLIKELY(op->name.n == 0)) {
        field.name = f->name;
        field.id = f->id;
    }
    const struct evtx_part *part = &f->program->parts[op->parts.first];
    if (LIKELY(op->parts.count == 1)) {
        if (part->kind == EVTX_PART_LITERAL) {
            field.value =
                (struct value){part->literal.p, (uint32_t)part->literal.n, VALUE_UTF16};
            return push(r, &field, op->role);
        }
        if (part->kind != EVTX_PART_FRAGMENT) {
            return run_single(r, f, op, &field);
        }
    }
    return run_joined(r, f, op, &field);
}

static struct rc run_program(struct evtx_run *r, const struct frame *f)
{
    TRY(spend(r, f->program->op_count));
    struct rc rc = RC_OK;
    for (uint32_t i = 0; i < f->program->op_count && !rc_failed(rc);) {
        const struct evtx_op *op = &f->program->ops[i++];
        if (op->gate == EVTX_NO_GATE) {
            rc = run_op(r, f, op);
        } else if (item_of(f, op->gate).type == EVTX_TYPE_NULL) {
            i = op->next; /* ahead: a gate stands before what it skips */
        }
    }
    return rc;
}

/* The instance's values, on top of the stack of items. */
static struct rc take_items(struct evtx_run *r, const struct evtx_instance *in)
{
    size_t count = in->specs.n / EVTX_SPEC_BYTES;
    TRY(spend(r, count));
    if (count > EVTX_MAX_VALUES - r->item_count) {
        return rc_at(ERR_TOO_MANY, offset_of(r, in->specs.p));
    }
    struct evtx_item *item = r->items + r->item_count;
    const uint8_t *data = in->data.p, *spec = in->specs.p;
    for (size_t i = 0; i < count; i++, spec += EVTX_SPEC_BYTES) {
        uint16_t n = (uint16_t)(spec[0] | spec[1] << 8);
        item[i] = (struct evtx_item){data, n, spec[2]};
        data += n;
    }
    r->item_count += count;
    return RC_OK;
}

static struct rc run_instance(struct evtx_run *r, const struct fragment *f, struct cursor *c)
{
    struct evtx_instance in;
    TRY(evtx_binxml_instance(c, &in));
    struct evtx_lookup want = {r->chunk, in.definition, in.id, f->place, r->batch};
    struct frame frame = {.name = f->name, .id = f->id, .depth = f->depth};
    size_t work;
    struct rc rc = evtx_cache_get(r->cache, &want, &frame.program, &work);
    TRY(spend(r, work));
    TRY(rc);
    size_t base = r->item_count;
    TRY(take_items(r, &in));
    frame.items = r->items + base;
    frame.count = r->item_count - base;
    TRY(run_program(r, &frame));
    r->item_count = base;
    return RC_OK;
}

/* Elements that stand in the record itself. */
static struct rc run_elements(struct evtx_run *r, const struct fragment *f, struct cursor *c)
{
    struct evtx_body body = {.chunk = r->chunk, .to = f->to, .place = f->place};
    body.from = (uint32_t)cursor_offset(c);
    TRY(spend(r, body.to - body.from));
    struct frame frame = {.name = f->name, .id = f->id, .depth = f->depth};
    TRY(evtx_compile_body(r->compiler, &body, r->batch, &frame.program));
    (void)cursor_take(c, frame.program->end - body.from);
    return run_program(r, &frame);
}

static bool begins_fragment(const struct cursor *c)
{
    return cursor_left(c) > EVTX_FRAGMENT_HEAD_BYTES && c->at[0] == EVTX_TOKEN_FRAGMENT &&
           c->at[1] == 1 && c->at[2] == 1;
}

/* What is at *c: *out_end when it ends a fragment. */
static struct rc run_token(struct evtx_run *r, const struct fragment *f, struct cursor *c,
                           bool *out_end)
{
    TRY(spend(r, 1));
    *out_end = false;
    if (*c->at == EVTX_TOKEN_INSTANCE) {
        (void)cursor_u8(c);
        return run_instance(r, f, c);
    }
    if (*c->at == EVTX_TOKEN_FRAGMENT) {
        (void)cursor_take(c, 1 + EVTX_FRAGMENT_HEAD_BYTES);
        return cursor_done(c);
    }
    *out_end = true;
    if (*c->at == EVTX_TOKEN_END) {
        (void)cursor_u8(c);
        return RC_OK;
    }
    return run_elements(r, f, c);
}

/*
 * Fragments follow each other; each begins with a header and ends with a token. What follows
 * the last one is padding: whatever was in the writer's memory, so that at the end of a record
 * even something that looks like a fragment is none.
 */
static struct rc run_fragment(struct evtx_run *r, const struct fragment *f)
{
    if (f->depth > EVTX_MAX_NESTING) {
        return rc_at(ERR_DEPTH, f->from);
    }
    struct cursor c = evtx_binxml_cursor(r->chunk, f->from, f->to);
    while (cursor_left(&c) > 0) {
        bool at_end;
        TRY(run_token(r, f, &c, &at_end));
        if (at_end && (f->depth == 0 || !begins_fragment(&c))) {
            return RC_OK;
        }
    }
    return RC_OK;
}

struct rc evtx_run_record(struct evtx_run *r, uint32_t from, uint32_t to, struct arena *batch,
                          struct event *out)
{
    r->batch = batch;
    r->record_work = EVTX_MAX_RECORD_WORK;
    r->fields.n = 0;
    r->item_count = 0;
    r->event = *out;
    struct fragment whole = {.from = from, .to = to, .place = EVTX_IN_DOCUMENT};
    TRY(run_fragment(r, &whole));
    r->event.fields = r->fields.p;
    r->event.count = (uint32_t)r->fields.n;
    *out = r->event;
    return RC_OK;
}
