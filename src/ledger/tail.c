/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/tail.h"

static bool all_zero(struct bytes in)
{
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Bytes up to and with the last that is not zero. */
static size_t used(struct bytes in)
{
    size_t n = in.n;
    while (n > 0 && in.p[n - 1] == 0) {
        n--;
    }
    return n;
}

/* Is a sector zero, or the part of one that lies in the first n bytes? */
static bool has_hole(const struct tail_view *view, size_t n)
{
    size_t at = 0;
    while (at < n) {
        size_t in_sector = (size_t)((view->offset + at) % TAIL_SECTOR_BYTES);
        size_t piece = TAIL_SECTOR_BYTES - in_sector;
        piece = piece < n - at ? piece : n - at;
        if (all_zero((struct bytes){view->rest.p + at, piece})) {
            return true;
        }
        at += piece;
    }
    return false;
}

/* Does a later frame say that this place was on the disk before it was written? */
static bool was_synced(const struct tail_view *view)
{
    struct segment_head head;
    size_t at = 0;
    while (at != SIZE_MAX) {
        at = segment_find_head(view->rest, at + 1, view->seed, &head);
        if (at != SIZE_MAX && head.synced > view->leaf) {
            return true;
        }
    }
    return false;
}

enum tail tail_judge(const struct tail_view *view)
{
    struct segment_head head;
    size_t n = used(view->rest);
    if (n == 0) {
        return TAIL_ROOM;
    }
    if (view->signed_size > view->leaf || was_synced(view)) {
        return TAIL_DAMAGED;
    }
    if (view->offset == 0) {
        return n < SEGMENT_TITLE_BYTES || has_hole(view, n) ? TAIL_TORN : TAIL_DAMAGED;
    }
    struct rc rc = segment_head_parse(view->rest, view->seed, &head);
    if (rc_failed(rc)) {
        return n < SEGMENT_HEAD_BYTES || has_hole(view, n) ? TAIL_TORN : TAIL_DAMAGED;
    }
    size_t frame = segment_frame_bytes(&head);
    /* the last byte of a frame is not zero */
    return n < frame || has_hole(view, frame) ? TAIL_TORN : TAIL_DAMAGED;
}
