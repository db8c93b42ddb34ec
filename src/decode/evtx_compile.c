/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/evtx_compile.h"

#include "base/buf.h"
#include "base/unicode.h"
#include "base/vec.h"

enum { NO_OP = UINT32_MAX };

/* An element that is open. */
struct element {
    struct str name; /* of the field that its text becomes */
    struct str tag;  /* prefix of the fields that its attributes become */
    struct evtx_parts name_parts;
    uint32_t gate; /* operation that skips it, or NO_OP */
    enum evtx_place place, parent;
    bool has_fields; /* text or attributes became fields already */
    bool has_children;
};

struct evtx_compiler {
    const struct fields *fields;
    /* of the body at hand */
    struct evtx_body body;
    struct arena *arena;
    struct cursor in;
    struct element stack[EVTX_MAX_ELEMENT_DEPTH];
    size_t depth;
    VEC(struct evtx_op) ops;
    VEC(struct evtx_part) parts;
    VEC(struct evtx_ref) refs;
    struct buf literal;   /* text seen since the last part, UTF-16LE */
    uint32_t pending;     /* first part of the text or attribute value at hand */
    struct str attribute; /* the one that is open */
    bool in_attribute, ended;
};

typedef struct rc token_handler(struct evtx_compiler *c, bool more);

struct evtx_compiler *evtx_compile_open(const struct fields *fields)
{
    struct evtx_compiler *c = heap_zalloc(1, sizeof(*c));
    c->fields = fields;
    return c;
}

void evtx_compile_close(struct evtx_compiler *c)
{
    if (c != NULL) {
        vec_free(&c->ops);
        vec_free(&c->parts);
        vec_free(&c->refs);
        buf_free(&c->literal);
        heap_free(c);
    }
}

static struct rc fault(const struct evtx_compiler *c, enum err code)
{
    return rc_at(code, cursor_offset(&c->in));
}

static void *copy(struct evtx_compiler *c, const void *p, size_t n)
{
    void *own = arena_alloc(c->arena, n);
    return own == NULL || n == 0 ? own : memcpy(own, p, n);
}

/* prefix, "_" if there is one, then the name in UTF-8. */
static struct rc make_name(struct evtx_compiler *c, struct str prefix, struct bytes utf16,
                           struct str *out)
{
    size_t room = prefix.n + 1 + 3 * (utf16.n / 2), n = 0;
    char *text = arena_text(c->arena, room);
    if (text == NULL) {
        return fault(c, ERR_ARENA_FULL);
    }
    if (prefix.n != 0) {
        memcpy(text, prefix.p, prefix.n);
        text[prefix.n] = '_';
        n = prefix.n + 1;
    }
    n += unicode_from_utf16le(utf16, text + n);
    arena_shrink_text(c->arena, text, room, n);
    *out = (struct str){text, n};
    return RC_OK;
}

static struct rc read_name(struct evtx_compiler *c, struct bytes *out)
{
    struct evtx_ref ref = {.at = (uint32_t)cursor_offset(&c->in) - c->body.from};
    TRY(evtx_binxml_name(c->body.chunk, &c->in, &ref.name));
    *out = ref.name.utf16;
    vec_push(&c->refs, ref);
    return RC_OK;
}

static struct rc end_literal(struct evtx_compiler *c)
{
    if (c->literal.n == 0) {
        return RC_OK;
    }
    struct evtx_part part = {.kind = EVTX_PART_LITERAL};
    part.literal.n = c->literal.n;
    part.literal.p = copy(c, c->literal.p, c->literal.n);
    if (part.literal.p == NULL) {
        return fault(c, ERR_ARENA_FULL);
    }
    buf_clear(&c->literal);
    vec_push(&c->parts, part);
    return RC_OK;
}

static struct rc add_part(struct evtx_compiler *c, struct evtx_part part)
{
    TRY(end_literal(c));
    vec_push(&c->parts, part);
    return RC_OK;
}

/* The parts collected since the last call. */
static struct rc take_parts(struct evtx_compiler *c, struct evtx_parts *out)
{
    TRY(end_literal(c));
    out->first = c->pending;
    out->count = (uint32_t)c->parts.n - c->pending;
    c->pending = (uint32_t)c->parts.n;
    return RC_OK;
}

static enum evtx_role role_of(enum evtx_place parent, struct str name)
{
    if (parent != EVTX_IN_SYSTEM) {
        return EVTX_ROLE_NONE;
    }
    return str_eq(name, STR("TimeCreated"))     ? EVTX_ROLE_TIME
           : str_eq(name, STR("EventRecordID")) ? EVTX_ROLE_NUMBER
           : str_eq(name, STR("Computer"))      ? EVTX_ROLE_HOST
                                                : EVTX_ROLE_NONE;
}

static void add_field(struct evtx_compiler *c, struct evtx_op op, enum evtx_place parent)
{
    op.gate = EVTX_NO_GATE;
    op.id = op.name.n == 0 ? FIELD_NONE : fields_find(c->fields, op.name);
    op.role = (uint8_t)role_of(parent, op.name);
    vec_push(&c->ops, op);
}

static bool is_blank(const struct evtx_compiler *c, struct evtx_parts parts)
{
    for (uint32_t i = parts.first; i < parts.first + parts.count; i++) {
        const struct evtx_part *part = &c->parts.p[i];
        if (part->kind != EVTX_PART_LITERAL) {
            return false;
        }
        for (size_t k = 0; k + 1 < part->literal.n; k += 2) {
            if (part->literal.p[k + 1] != 0 || !str_is_space((char)part->literal.p[k])) {
                return false;
            }
        }
    }
    return true;
}

/* Make the text collected so far a field of the innermost element. */
static struct rc end_text(struct evtx_compiler *c)
{
    struct evtx_parts parts;
    TRY(take_parts(c, &parts));
    struct element *e = c->depth == 0 ? NULL : &c->stack[c->depth - 1];
    /* Blanks between elements are layout. */
    bool layout = e == NULL || e->has_children;
    if (parts.count == 0 || (layout && is_blank(c, parts))) {
        return RC_OK;
    }
    struct evtx_op op = {.parts = parts, .place = (uint8_t)c->body.place};
    if (e == NULL) {
        add_field(c, op, EVTX_IN_DATA);
        return RC_OK;
    }
    op.name = e->name;
    op.name_parts = e->name_parts;
    op.place = (uint8_t)e->place;
    e->has_fields = true;
    add_field(c, op, e->parent);
    return RC_OK;
}

static enum evtx_place place_below(enum evtx_place parent, struct str tag)
{
    switch (parent) {
    case EVTX_IN_DOCUMENT:
        return str_eq(tag, STR("Event")) ? EVTX_IN_EVENT : EVTX_IN_DATA;
    case EVTX_IN_EVENT:
        return str_eq(tag, STR("System"))          ? EVTX_IN_SYSTEM
               : str_eq(tag, STR("RenderingInfo")) ? EVTX_IN_RENDERING
                                                   : EVTX_IN_DATA;
    case EVTX_IN_RENDERING:
        return EVTX_IN_RENDERING;
    case EVTX_IN_SYSTEM:
    case EVTX_IN_DATA:
        return EVTX_IN_DATA;
    }
    return EVTX_IN_DATA;
}

/*
 * Dependency (in templates), size, name, and the size of the attribute list. Some writers
 * leave the dependency out or put it in where it does not belong, so what does not fit is
 * read the other way.
 */
static struct rc element_head(struct evtx_compiler *c, bool more, bool depends,
                              uint16_t *out_gate, struct bytes *out_name)
{
    uint16_t gate = EVTX_NO_GATE;
    if (depends) {
        gate = cursor_u16(&c->in);
    }
    uint32_t size = cursor_u32(&c->in);
    TRY(cursor_done(&c->in));
    if (size > cursor_left(&c->in)) {
        return fault(c, ERR_SHORT);
    }
    TRY(read_name(c, out_name));
    if (more) {
        (void)cursor_u32(&c->in);
    }
    TRY(cursor_done(&c->in));
    *out_gate = gate;
    return RC_OK;
}

static struct rc start_element(struct evtx_compiler *c, bool more)
{
    TRY(end_text(c));
    if (c->depth == EVTX_MAX_ELEMENT_DEPTH) {
        return fault(c, ERR_DEPTH);
    }
    enum evtx_place parent = c->depth == 0 ? c->body.place : c->stack[c->depth - 1].place;
    uint16_t gate;
    struct bytes name;
    struct cursor before = c->in;
    size_t refs = c->refs.n;
    struct rc rc = element_head(c, more, c->body.in_template, &gate, &name);
    if (rc_failed(rc)) {
        c->in = before;
        c->refs.n = refs;
        if (rc_failed(element_head(c, more, !c->body.in_template, &gate, &name))) {
            return rc;
        }
    }
    struct element e = {.parent = parent, .gate = NO_OP};
    struct str prefix = parent == EVTX_IN_RENDERING ? STR("RenderingInfo") : STR("");
    TRY(make_name(c, prefix, name, &e.tag));
    e.name = e.tag;
    e.place = place_below(parent, e.tag);
    /* A record cannot wish itself away: the root is there whatever it depends on. */
    if (gate != EVTX_NO_GATE && parent != EVTX_IN_DOCUMENT) {
        e.gate = (uint32_t)c->ops.n;
        vec_push(&c->ops, ((struct evtx_op){.gate = gate}));
    }
    if (c->depth > 0) {
        c->stack[c->depth - 1].has_children = true;
    }
    c->stack[c->depth++] = e;
    return RC_OK;
}

/* Windows shows "New Value" as a name; rules, as the specification has it, say NewValue. */
static struct rc set_name(struct evtx_compiler *c, struct element *e, struct evtx_parts parts)
{
    if (parts.count == 0) {
        return RC_OK;
    }
    if (parts.count != 1 || c->parts.p[parts.first].kind != EVTX_PART_LITERAL) {
        e->name_parts = parts;
        return RC_OK;
    }
    struct str full;
    TRY(make_name(c, STR(""), c->parts.p[parts.first].literal, &full));
    char *name = arena_text(c->arena, full.n);
    if (name == NULL) {
        return fault(c, ERR_ARENA_FULL);
    }
    size_t n = 0;
    for (size_t i = 0; i < full.n; i++) {
        if (!str_is_space(full.p[i])) {
            name[n++] = full.p[i];
        }
    }
    if (n != 0) {
        e->name = (struct str){name, n};
    }
    return RC_OK;
}

static bool is_named_data(struct str tag)
{
    return str_eq(tag, STR("Data")) || str_eq(tag, STR("ComplexData"));
}

/* The value of an attribute is complete. */
static struct rc end_attribute(struct evtx_compiler *c)
{
    if (!c->in_attribute) {
        return RC_OK;
    }
    c->in_attribute = false;
    struct evtx_parts parts;
    TRY(take_parts(c, &parts));
    struct element *e = &c->stack[c->depth - 1];
    struct str name = c->attribute;
    if (str_eq(name, STR("xmlns")) || str_starts(name, STR("xmlns:"))) {
        return RC_OK;
    }
    if (is_named_data(e->tag) && str_eq(name, STR("Name"))) {
        return set_name(c, e, parts);
    }
    struct evtx_op op = {.parts = parts, .place = EVTX_IN_DATA};
    op.name = e->tag;
    if (e->parent != EVTX_IN_SYSTEM || !str_eq(e->tag, STR("TimeCreated")) ||
        !str_eq(name, STR("SystemTime"))) {
        size_t n = e->tag.n + 1 + name.n;
        char *text = arena_text(c->arena, n);
        if (text == NULL) {
            return fault(c, ERR_ARENA_FULL);
        }
        memcpy(text, e->tag.p, e->tag.n);
        text[e->tag.n] = '_';
        if (name.n != 0) {
            memcpy(text + e->tag.n + 1, name.p, name.n);
        }
        op.name = (struct str){text, n};
    }
    e->has_fields = true;
    add_field(c, op, e->parent);
    return RC_OK;
}

static struct rc start_attribute(struct evtx_compiler *c, bool more)
{
    (void)more;
    TRY(end_attribute(c));
    struct bytes name;
    TRY(read_name(c, &name));
    if (c->depth == 0) {
        return fault(c, ERR_MALFORMED);
    }
    TRY(make_name(c, STR(""), name, &c->attribute));
    c->in_attribute = true;
    return RC_OK;
}

static struct rc close_start(struct evtx_compiler *c, bool more)
{
    (void)more;
    return end_attribute(c);
}

static struct rc close_element(struct evtx_compiler *c, bool more)
{
    (void)more;
    TRY(end_attribute(c));
    TRY(end_text(c));
    if (c->depth == 0) {
        return fault(c, ERR_MALFORMED);
    }
    struct element *e = &c->stack[--c->depth];
    bool wrapper = e->parent == EVTX_IN_DOCUMENT || e->parent == EVTX_IN_EVENT;
    if (!e->has_fields && !e->has_children && !wrapper) {
        struct evtx_op op = {.name = e->name, .name_parts = e->name_parts};
        op.parts.first = c->pending;
        add_field(c, op, e->parent);
    }
    if (e->gate != NO_OP) {
        c->ops.p[e->gate].next = (uint32_t)c->ops.n;
    }
    return RC_OK;
}

/* A count of UTF-16 units, then the units. */
static struct rc text(struct evtx_compiler *c, bool more)
{
    (void)more;
    uint16_t units = cursor_u16(&c->in);
    struct bytes utf16 = cursor_take(&c->in, 2 * (size_t)units);
    TRY(cursor_done(&c->in));
    buf_put(&c->literal, str_bytes(utf16));
    return RC_OK;
}

static struct rc value(struct evtx_compiler *c, bool more)
{
    if (cursor_u8(&c->in) != EVTX_TYPE_UTF16) {
        return fault(c, ERR_UNSUPPORTED); /* the format defines no other */
    }
    return text(c, more);
}

static struct rc char_ref(struct evtx_compiler *c, bool more)
{
    (void)more;
    uint16_t unit = cursor_u16(&c->in);
    TRY(cursor_done(&c->in));
    buf_le(&c->literal, unit, 2);
    return RC_OK;
}

static struct rc entity_ref(struct evtx_compiler *c, bool more)
{
    (void)more;
    static const struct {
        struct str name;
        char meant;
    } entities[] = {{STR_INIT("amp"), '&'},
                    {STR_INIT("lt"), '<'},
                    {STR_INIT("gt"), '>'},
                    {STR_INIT("apos"), '\''},
                    {STR_INIT("quot"), '"'}};
    struct bytes utf16;
    TRY(read_name(c, &utf16));
    char name[3 * EVTX_MAX_NAME_UNITS];
    struct str s = {name, unicode_from_utf16le(utf16, name)};
    for (size_t i = 0; i < COUNT_OF(entities); i++) {
        if (str_eq(s, entities[i].name)) {
            buf_le(&c->literal, (uint8_t)entities[i].meant, 2);
            return RC_OK;
        }
    }
    /* Not one that XML defines: shown as it is written. */
    buf_le(&c->literal, '&', 2);
    buf_put(&c->literal, str_bytes(utf16));
    buf_le(&c->literal, ';', 2);
    return RC_OK;
}

/* Processing instructions are about the document, not about the event. */
static struct rc pi_target(struct evtx_compiler *c, bool more)
{
    (void)more;
    struct bytes name;
    return read_name(c, &name);
}

static struct rc pi_data(struct evtx_compiler *c, bool more)
{
    (void)more;
    uint16_t units = cursor_u16(&c->in);
    (void)cursor_take(&c->in, 2 * (size_t)units);
    return cursor_done(&c->in);
}

static struct rc instance(struct evtx_compiler *c, bool more)
{
    (void)more;
    if (c->body.in_template) {
        return fault(c, ERR_UNSUPPORTED); /* its offsets would differ from chunk to chunk */
    }
    struct evtx_part part = {.kind = EVTX_PART_FRAGMENT};
    part.from = (uint32_t)cursor_offset(&c->in) - 1;
    struct evtx_instance inner;
    TRY(evtx_binxml_instance(&c->in, &inner));
    part.to = (uint32_t)cursor_offset(&c->in);
    return add_part(c, part);
}

static struct rc substitution(struct evtx_compiler *c, enum evtx_part_kind kind)
{
    struct evtx_part part = {.kind = (uint8_t)kind};
    part.index = cursor_u16(&c->in);
    (void)cursor_u8(&c->in); /* the type stands with the value, too, and that one counts */
    TRY(cursor_done(&c->in));
    return add_part(c, part);
}

static struct rc normal(struct evtx_compiler *c, bool more)
{
    (void)more;
    return substitution(c, EVTX_PART_NORMAL);
}

static struct rc optional(struct evtx_compiler *c, bool more)
{
    (void)more;
    return substitution(c, EVTX_PART_OPTIONAL);
}

static struct rc fragment(struct evtx_compiler *c, bool more)
{
    (void)more;
    (void)cursor_take(&c->in, EVTX_FRAGMENT_HEAD_BYTES);
    return cursor_done(&c->in);
}

static struct rc end(struct evtx_compiler *c, bool more)
{
    (void)more;
    c->ended = true;
    return RC_OK;
}

static token_handler *const handlers[EVTX_TOKEN_COUNT] = {
    [EVTX_TOKEN_END] = end,
    [EVTX_TOKEN_OPEN] = start_element,
    [EVTX_TOKEN_CLOSE_START] = close_start,
    [EVTX_TOKEN_CLOSE_EMPTY] = close_element,
    [EVTX_TOKEN_CLOSE] = close_element,
    [EVTX_TOKEN_VALUE] = value,
    [EVTX_TOKEN_ATTRIBUTE] = start_attribute,
    [EVTX_TOKEN_CDATA] = text,
    [EVTX_TOKEN_CHAR_REF] = char_ref,
    [EVTX_TOKEN_ENTITY_REF] = entity_ref,
    [EVTX_TOKEN_PI_TARGET] = pi_target,
    [EVTX_TOKEN_PI_DATA] = pi_data,
    [EVTX_TOKEN_INSTANCE] = instance,
    [EVTX_TOKEN_NORMAL] = normal,
    [EVTX_TOKEN_OPTIONAL] = optional,
    [EVTX_TOKEN_FRAGMENT] = fragment,
};

static struct rc tokens(struct evtx_compiler *c)
{
    while (!c->ended && cursor_left(&c->in) > 0) {
        uint8_t token = cursor_u8(&c->in);
        bool more = (token & EVTX_TOKEN_MORE) != 0;
        token &= (uint8_t)~EVTX_TOKEN_MORE;
        if (token >= EVTX_TOKEN_COUNT) {
            return fault(c, ERR_MALFORMED);
        }
        TRY(handlers[token](c, more));
    }
    TRY(end_text(c));
    return c->depth == 0 ? RC_OK : fault(c, ERR_SHORT);
}

/* Names found elsewhere in this chunk have to outlive it. */
static struct rc keep_names(struct evtx_compiler *c)
{
    for (size_t i = 0; i < c->refs.n; i++) {
        struct evtx_name *name = &c->refs.p[i].name;
        name->utf16.p = copy(c, name->utf16.p, name->utf16.n);
        if (name->utf16.p == NULL) {
            return fault(c, ERR_ARENA_FULL);
        }
    }
    return RC_OK;
}

static struct rc finish(struct evtx_compiler *c, const struct evtx_program **out)
{
    struct evtx_program *p = arena_zalloc(c->arena, 1, sizeof(*p));
    if (p == NULL) {
        return fault(c, ERR_ARENA_FULL);
    }
    p->end = (uint32_t)cursor_offset(&c->in);
    p->op_count = (uint32_t)c->ops.n;
    p->ops = copy(c, c->ops.p, c->ops.n * sizeof(*c->ops.p));
    p->parts = copy(c, c->parts.p, c->parts.n * sizeof(*c->parts.p));
    bool full = p->ops == NULL || p->parts == NULL;
    if (c->body.in_template) {
        TRY(keep_names(c));
        p->ref_count = (uint32_t)c->refs.n;
        p->refs = copy(c, c->refs.p, c->refs.n * sizeof(*c->refs.p));
        p->tokens.n = c->body.to - c->body.from;
        p->tokens.p = copy(c, c->body.chunk.p + c->body.from, p->tokens.n);
        full |= p->refs == NULL || p->tokens.p == NULL;
    }
    if (full) {
        return fault(c, ERR_ARENA_FULL);
    }
    *out = p;
    return RC_OK;
}

struct rc evtx_compile_body(struct evtx_compiler *c, const struct evtx_body *body,
                            struct arena *a, const struct evtx_program **out)
{
    c->body = *body;
    c->arena = a;
    c->in = evtx_binxml_cursor(body->chunk, body->from, body->to);
    c->depth = 0;
    c->ops.n = c->parts.n = c->refs.n = 0;
    c->pending = 0;
    c->in_attribute = c->ended = false;
    buf_clear(&c->literal);
    TRY(tokens(c));
    return finish(c, out);
}
