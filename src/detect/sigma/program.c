/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "detect/sigma/program.h"

#include "base/vec.h"

enum op {
    OP_TEST,       /* result = truth of atom arg; slot: it stands under an odd number of nots */
    OP_SET,        /* result = count != 0 */
    OP_NOT,        /* result = !result */
    OP_JUMP_TRUE,  /* to arg when result */
    OP_JUMP_FALSE, /* to arg when not */
    OP_ZERO,       /* counter slot = 0 */
    OP_COUNT,      /* counter slot += result; result = counter slot >= count */
};

struct emitter {
    VEC(struct instruction) code;
    bool too_long;
};

static void emit(struct emitter *m, enum op op, uint32_t arg)
{
    if (m->code.n >= PROGRAM_MAX_LENGTH) {
        m->too_long = true;
        return;
    }
    struct instruction i = {.op = (uint8_t)op, .arg = arg};
    vec_push(&m->code, i);
}

static void emit_counted(struct emitter *m, enum op op, uint32_t slot, uint32_t count)
{
    emit(m, op, 0);
    m->too_long |= count > UINT16_MAX;
    if (!m->too_long) {
        m->code.p[m->code.n - 1].slot = (uint8_t)slot;
        m->code.p[m->code.n - 1].count = (uint16_t)count;
    }
}

/* Point the jumps of kind op between `from` and here that were left open to the end. */
static void close_jumps(struct emitter *m, size_t from)
{
    for (size_t i = from; i < m->code.n; i++) {
        if (m->code.p[i].arg == UINT32_MAX &&
            (m->code.p[i].op == OP_JUMP_TRUE || m->code.p[i].op == OP_JUMP_FALSE)) {
            m->code.p[i].arg = (uint32_t)m->code.n;
        }
    }
}

static void build(struct emitter *m, const struct expr *e, bool denied, uint32_t depth)
{
    check(depth <= EXPR_MAX_DEPTH);
    if (m->too_long) {
        return;
    }
    size_t from = m->code.n;
    bool counts = e->kind == EXPR_AT_LEAST;
    if (e->kind == EXPR_ATOM) {
        emit(m, OP_TEST, e->atom);
        m->code.p[m->code.n - 1].slot = denied;
        return;
    }
    if (e->kind == EXPR_NOT) {
        build(m, e->children[0], !denied, depth + 1);
        emit(m, OP_NOT, 0);
        return;
    }
    if (counts) {
        emit_counted(m, OP_ZERO, depth, 0);
    }
    emit_counted(m, OP_SET, 0, e->kind == EXPR_AND || (counts && e->count == 0));
    for (uint32_t i = 0; i < e->child_count; i++) {
        build(m, e->children[i], denied, depth + 1);
        if (counts) {
            emit_counted(m, OP_COUNT, depth, e->count);
        }
        if (i + 1 < e->child_count) {
            emit(m, e->kind == EXPR_AND ? OP_JUMP_FALSE : OP_JUMP_TRUE, UINT32_MAX);
        }
    }
    close_jumps(m, from);
}

struct rc program_build(const struct expr *e, struct arena *a, struct program *out)
{
    struct emitter m = {0};
    build(&m, e, false, 0);
    struct rc rc = m.too_long ? rc_make(ERR_TOO_MANY) : RC_OK;
    struct instruction *code = NULL;
    if (!m.too_long) {
        code = arena_zalloc(a, m.code.n, sizeof(*code));
        rc = code == NULL ? rc_make(ERR_ARENA_FULL) : RC_OK;
    }
    if (code != NULL) {
        memcpy(code, m.code.p, m.code.n * sizeof(*code));
        *out = (struct program){code, (uint32_t)m.code.n};
    }
    vec_free(&m.code);
    return rc;
}

bool program_run(const struct program *p, expr_truth truth, void *context)
{
    uint32_t counters[EXPR_MAX_DEPTH + 1];
    bool result = false;
    for (uint32_t at = 0; at < p->length; at++) {
        struct instruction i = p->code[at];
        switch ((enum op)i.op) {
        case OP_TEST:
            result = truth(context, i.arg, i.slot != 0);
            break;
        case OP_SET:
            result = i.count != 0;
            break;
        case OP_NOT:
            result = !result;
            break;
        case OP_JUMP_TRUE:
        case OP_JUMP_FALSE:
            /* the loop adds one */
            at = result == (i.op == OP_JUMP_TRUE) ? i.arg - 1 : at;
            break;
        case OP_ZERO:
            counters[i.slot] = 0;
            break;
        case OP_COUNT:
            counters[i.slot] += result;
            result = counters[i.slot] >= i.count;
            break;
        }
    }
    return result;
}
