/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/damage.h"

#include "ledger/segment.h"

static const struct {
    const char *name, *text;
} rows[DAMAGE_COUNT] = {
    [DAMAGE_NONE] = {"NONE", "nothing is wrong"},
#define DAMAGE(name, text) [DAMAGE_##name] = {#name, text},
#include "ledger/damage.def"
#undef DAMAGE
};

struct str damage_name(enum damage_kind kind)
{
    return str_of(rows[kind].name);
}

static void put_place(const struct damage *damage, struct buf *out)
{
    char name[SEGMENT_NAME_BYTES];
    segment_name(damage->segment, name);
    buf_printf(out, "segment %s, byte %llu", name, (unsigned long long)damage->offset);
    if (damage->kind == DAMAGE_TITLE || damage->kind == DAMAGE_STRAY) {
        return;
    }
    buf_printf(out, ", batch %llu", (unsigned long long)damage->batch);
    if (damage->count == 1) {
        buf_printf(out, ", entry %llu", (unsigned long long)damage->first);
    } else if (damage->count > 1) {
        buf_printf(out, ", entries %llu to %llu", (unsigned long long)damage->first,
                   (unsigned long long)(damage->first + damage->count - 1));
    }
}

void damage_text(const struct damage *damage, struct buf *out)
{
    switch (damage->kind) {
    case DAMAGE_KEY:
    case DAMAGE_CHECKPOINT:
        break;
    case DAMAGE_SIZE:
    case DAMAGE_TREE:
        buf_printf(out, "checkpoint of %llu batches: ", (unsigned long long)damage->batch);
        break;
    case DAMAGE_NONE:
    case DAMAGE_TITLE:
    case DAMAGE_HEAD:
    case DAMAGE_CUT:
    case DAMAGE_FRAME:
    case DAMAGE_HEADER:
    case DAMAGE_ORDER:
    case DAMAGE_SEQ:
    case DAMAGE_PAYLOAD:
    case DAMAGE_ENTRY:
    case DAMAGE_ROOT:
    case DAMAGE_KEYS:
    case DAMAGE_ROOM:
    case DAMAGE_STRAY:
    case DAMAGE_COUNT:
        put_place(damage, out);
        buf_puts(out, ": ");
        break;
    }
    buf_puts(out, rows[damage->kind].text);
}
