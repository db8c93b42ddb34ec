/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * damage - what is wrong with a ledger, and where.
 * src: ledger/damage.def
 */
#ifndef LEDGER_DAMAGE_H
#define LEDGER_DAMAGE_H

#include "base/buf.h"
#include "base/rc.h"

enum damage_kind {
    DAMAGE_NONE,
#define DAMAGE(name, text) DAMAGE_##name,
#include "ledger/damage.def"
#undef DAMAGE
    DAMAGE_COUNT
};

/*
 * segment, offset  the file, by the number of its first batch, and the byte in it
 * batch            number of the leaf; of CHECKPOINT, SIZE and TREE: the checkpoint's size
 * first, count     positions of the entries that are concerned; count 0: not known
 */
struct damage {
    enum damage_kind kind;
    uint64_t segment, offset, batch, first, count;
};

/* "head", "entry" … */
struct str damage_name(enum damage_kind kind);
/* One line for people, without a newline: place, what is wrong. */
void damage_text(const struct damage *damage, struct buf *out);

#endif
