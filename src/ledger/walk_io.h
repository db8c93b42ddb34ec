/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walk_io - reads the batches of a ledger's folder in their order, in bounded memory, also
 * while the ledger grows. It changes nothing.
 */
#ifndef LEDGER_WALK_IO_H
#define LEDGER_WALK_IO_H

#include "ledger/batch.h"
#include "ledger/damage.h"
#include "ledger/segment.h"

/* A batch and where it begins. */
struct walk_place {
    uint64_t segment, offset; /* as in struct damage */
    uint64_t leaf, position;  /* of the batch, of its first entry */
};

/* frame is borrowed until the next call. */
struct walk_batch {
    struct walk_place place;
    struct segment_frame frame;
    struct batch_header header;
};

enum walk_step {
    WALK_BATCH,
    WALK_END,     /* for now: a later call may find more */
    WALK_DAMAGED, /* walk_io_damage says what; nothing more is read before walk_io_resume */
};

struct walk;

/* From the first batch. The folder is borrowed, and open as long as the walk. */
struct walk *walk_io_open(int folder);
void walk_io_close(struct walk *w);

/* The next batch will be the one that begins here, as an earlier walk said. fails SYSTEM,
 * VANISHED, REJECTED (the segment is another now) */
MUST_USE struct rc walk_io_seek(struct walk *w, const struct walk_place *place);

/*
 * walk_io_next - *out is set with WALK_BATCH. With damage of the kinds FRAME, HEADER and ORDER
 * *out holds the frame too, and of ORDER the header, to look closer.
 * fails  SYSTEM
 */
MUST_USE struct rc walk_io_next(struct walk *w, struct walk_batch *out, enum walk_step *step);
struct damage walk_io_damage(const struct walk *w);
/* Go on behind the damage, at the next frame that can be found, in this or a later segment. */
MUST_USE struct rc walk_io_resume(struct walk *w);
/* Go on at the segment that begins with this leaf, whatever is missing before it. */
MUST_USE struct rc walk_io_skip(struct walk *w, uint64_t first_leaf);

/* Where the next batch begins, or is expected. */
struct walk_place walk_io_place(const struct walk *w);
/* The seed of the segment that the place is in. */
uint64_t walk_io_seed(const struct walk *w);
/* The part of the segment from the place on, whole, added to out: to judge the end of a log. */
MUST_USE struct rc walk_io_rest(const struct walk *w, struct buf *out);
/* The smallest first batch of a segment file that is above `after`; UINT64_MAX: none. */
MUST_USE struct rc walk_io_segment_after(const struct walk *w, uint64_t after, uint64_t *out);

#endif
