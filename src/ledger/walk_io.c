/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/walk_io.h"

#include "base/file.h"
#include "base/folder.h"
#include "base/heap.h"

#include <errno.h>

/* 256 KiB at a time: a segment in some 250 reads */
enum { WINDOW_BYTES = 256 << 10 };

struct walk {
    int folder, fd; /* fd -1: the segment is not there yet */
    struct walk_place at;
    uint64_t seed; /* of the segment */
    struct damage damage;
    size_t damaged_bytes; /* of the frame with the damage; 0: not known */
    /* bytes of the file from window_offset on; past its end when the file ended there */
    uint8_t *window;
    size_t window_n, window_room;
    uint64_t window_offset;
};

struct walk *walk_io_open(int folder)
{
    struct walk *w = heap_zalloc(1, sizeof(*w));
    w->folder = folder;
    w->fd = -1;
    return w;
}

void walk_io_close(struct walk *w)
{
    if (w != NULL) {
        file_auto_close(&w->fd);
        heap_free(w->window);
        heap_free(w);
    }
}

struct damage walk_io_damage(const struct walk *w)
{
    return w->damage;
}

struct walk_place walk_io_place(const struct walk *w)
{
    return w->at;
}

/* Bytes at the place, at least n unless the file ends before. */
static struct rc look(struct walk *w, size_t n, bool fresh, struct bytes *out)
{
    uint64_t skip = w->at.offset - w->window_offset;
    bool inside = w->at.offset >= w->window_offset && skip <= w->window_n;
    if (!inside || fresh || w->window_n - (size_t)skip < n) {
        size_t want = n > WINDOW_BYTES ? n : WINDOW_BYTES, got = 0;
        if (want > w->window_room) {
            w->window = heap_resize(w->window, want, 1);
            w->window_room = want;
        }
        w->window_offset = w->at.offset;
        w->window_n = 0;
        do {
            TRY(file_read_at(w->fd, w->window + w->window_n, want - w->window_n,
                             w->at.offset + w->window_n, &got));
            w->window_n += got;
        } while (got > 0 && w->window_n < want);
        skip = 0;
    }
    *out = (struct bytes){w->window + skip, w->window_n - (size_t)skip};
    return RC_OK;
}

static enum walk_step damaged(struct walk *w, enum damage_kind kind)
{
    w->damage = (struct damage){.kind = kind,
                                .segment = w->at.segment,
                                .offset = w->at.offset,
                                .batch = w->at.leaf,
                                .first = w->at.position};
    return WALK_DAMAGED;
}

/* Open the segment that begins with this leaf; *found is false when there is none. */
static struct rc enter(struct walk *w, uint64_t leaf, bool *found)
{
    char name[SEGMENT_NAME_BYTES];
    int fd = -1;
    segment_name(leaf, name);
    struct rc rc = folder_read(w->folder, name, &fd);
    if (rc_failed(rc)) {
        *found = false;
        return rc.sys == ENOENT ? RC_OK : rc;
    }
    file_auto_close(&w->fd);
    w->fd = fd;
    w->at.segment = leaf;
    w->at.offset = 0;
    w->window_n = 0;
    *found = true;
    return RC_OK;
}

/* A title that is not all there yet, or zeros, is that of a segment which was just made. */
static struct rc read_title(struct walk *w, enum walk_step *step)
{
    struct bytes in;
    uint64_t leaf;
    TRY(look(w, SEGMENT_TITLE_BYTES, true, &in));
    if (in.n < SEGMENT_TITLE_BYTES || in.p[0] == 0) {
        *step = WALK_END;
        return RC_OK;
    }
    struct rc rc = segment_title_parse(str_bytes(in), &leaf, &w->seed);
    if (rc_failed(rc) || leaf != w->at.segment) {
        *step = damaged(w, DAMAGE_TITLE);
        return RC_OK;
    }
    w->at.offset = SEGMENT_TITLE_BYTES;
    *step = WALK_BATCH;
    return RC_OK;
}

static bool is_room(struct bytes in)
{
    for (size_t i = 0; i < in.n && i < 4; i++) {
        if (in.p[i] != 0) {
            return false;
        }
    }
    return true;
}

static enum walk_step take_frame(struct walk *w, struct bytes in, struct walk_batch *out)
{
    struct segment_frame frame;
    struct batch_header header;
    struct rc rc = segment_frame_parse(in, w->seed, &frame);
    out->place = w->at;
    out->frame = frame;
    w->damaged_bytes = in.n;
    if (rc_failed(rc)) {
        return damaged(w, DAMAGE_FRAME);
    }
    if (rc_failed(batch_parse(frame.header, &header))) {
        return damaged(w, DAMAGE_HEADER);
    }
    out->header = header;
    if (frame.head.leaf != w->at.leaf || header.first != w->at.position) {
        return damaged(w, DAMAGE_ORDER);
    }
    w->at.offset += in.n;
    w->at.leaf++;
    w->at.position += header.count;
    return WALK_BATCH;
}

/* The frame at the place. WALK_END: the segment has no more. */
static struct rc read_frame(struct walk *w, bool fresh, struct walk_batch *out,
                            enum walk_step *step)
{
    struct bytes in;
    struct segment_head head;
    w->damaged_bytes = 0;
    TRY(look(w, SEGMENT_HEAD_BYTES, fresh, &in));
    if (is_room(in)) {
        *step = WALK_END;
        return RC_OK;
    }
    struct rc rc = segment_head_parse(in, w->seed, &head);
    if (rc_failed(rc)) {
        *step = damaged(w, rc.code == ERR_SHORT ? DAMAGE_CUT : DAMAGE_HEAD);
        return RC_OK;
    }
    size_t n = segment_frame_bytes(&head);
    TRY(look(w, n, false, &in));
    if (in.n < n) {
        *step = damaged(w, DAMAGE_CUT);
        return RC_OK;
    }
    *step = take_frame(w, (struct bytes){in.p, n}, out);
    return RC_OK;
}

/* From the end of one segment to the beginning of the next, if that is there. */
static struct rc cross(struct walk *w, enum walk_step *step)
{
    struct bytes rest;
    bool found = false;
    TRY(look(w, 1, true, &rest));
    struct walk_place before = w->at;
    TRY(enter(w, w->at.leaf, &found));
    if (!found) {
        *step = WALK_END;
    } else if (rest.n > 0) { /* a segment that has a successor has no room left in it */
        w->at = before;
        *step = damaged(w, DAMAGE_ROOM);
        w->at.segment = w->at.leaf;
        w->at.offset = 0;
    } else {
        *step = WALK_BATCH;
    }
    return RC_OK;
}

struct rc walk_io_next(struct walk *w, struct walk_batch *out, enum walk_step *step)
{
    if (w->damage.kind != DAMAGE_NONE) {
        *step = WALK_DAMAGED;
        return RC_OK;
    }
    if (w->fd < 0) {
        bool found = false;
        TRY(enter(w, w->at.leaf, &found));
        if (!found) {
            *step = WALK_END;
            return RC_OK;
        }
    }
    for (;;) {
        if (w->at.offset == 0) {
            TRY(read_title(w, step));
            if (*step != WALK_BATCH) {
                return RC_OK;
            }
        }
        TRY(read_frame(w, false, out, step));
        if (*step != WALK_BATCH) { /* the window may be older than the frame */
            w->damage = (struct damage){0};
            TRY(read_frame(w, true, out, step));
        }
        if (*step != WALK_END || w->at.leaf == w->at.segment) {
            return RC_OK;
        }
        TRY(cross(w, step));
        if (*step != WALK_BATCH) {
            return RC_OK;
        }
    }
}

struct rc walk_io_seek(struct walk *w, const struct walk_place *place)
{
    bool found = false;
    enum walk_step step;
    w->damage = (struct damage){0};
    TRY(enter(w, place->segment, &found));
    if (!found) {
        return rc_make(ERR_VANISHED);
    }
    TRY(read_title(w, &step));
    if (step != WALK_BATCH) {
        return rc_make(ERR_REJECTED);
    }
    w->at = *place;
    return RC_OK;
}

uint64_t walk_io_seed(const struct walk *w)
{
    return w->seed;
}

struct rc walk_io_rest(const struct walk *w, struct buf *out)
{
    char piece[16 << 10];
    size_t got = 0;
    uint64_t offset = w->at.offset;
    do {
        if (w->fd >= 0) {
            TRY(file_read_at(w->fd, piece, sizeof(piece), offset, &got));
        }
        buf_put(out, (struct str){piece, got});
        offset += got;
        if (offset > 2 * (uint64_t)SEGMENT_BYTES) {
            return rc_at(ERR_TOO_LONG, SEGMENT_BYTES);
        }
    } while (got > 0);
    return RC_OK;
}

struct nearest {
    uint64_t after, best;
};

static void compare(void *context, struct str name)
{
    struct nearest *nearest = context;
    uint64_t leaf;
    if (segment_name_parse(name, &leaf) && leaf > nearest->after && leaf < nearest->best) {
        nearest->best = leaf;
    }
}

struct rc walk_io_segment_after(const struct walk *w, uint64_t after, uint64_t *out)
{
    struct nearest nearest = {after, UINT64_MAX};
    TRY(folder_each(w->folder, compare, &nearest));
    *out = nearest.best;
    return RC_OK;
}

/* The first frame at least `skip` bytes on whose head can be read becomes the place. */
static struct rc find_in_segment(struct walk *w, size_t skip, bool *found)
{
    struct segment_head head;
    struct segment_frame frame;
    struct batch_header header;
    AUTO_BUF rest = {0};
    TRY(walk_io_rest(w, &rest));
    struct bytes in = bytes_of(buf_str(&rest));
    size_t at = segment_find_head(in, skip, w->seed, &head);
    *found = at != SIZE_MAX;
    if (!*found) {
        return RC_OK;
    }
    w->at.offset += at;
    w->at.leaf = head.leaf;
    size_t n = segment_frame_bytes(&head);
    if (in.n - at >= n &&
        !rc_failed(segment_frame_parse((struct bytes){in.p + at, n}, w->seed, &frame)) &&
        !rc_failed(batch_parse(frame.header, &header))) {
        w->at.position = header.first;
    }
    return RC_OK;
}

struct rc walk_io_skip(struct walk *w, uint64_t first_leaf)
{
    bool found = false;
    enum walk_step step;
    w->damage = (struct damage){0};
    w->at.leaf = first_leaf;
    TRY(enter(w, first_leaf, &found));
    if (!found) {
        return rc_make(ERR_VANISHED);
    }
    TRY(read_title(w, &step));
    if (step == WALK_BATCH) { /* its first frame says which position comes next */
        TRY(find_in_segment(w, 0, &found));
        w->at.leaf = first_leaf;
        w->at.offset = SEGMENT_TITLE_BYTES;
    }
    return RC_OK;
}

struct rc walk_io_resume(struct walk *w)
{
    bool found = false;
    enum damage_kind kind = w->damage.kind;
    w->damage = (struct damage){0};
    if (kind == DAMAGE_ROOM) {
        return RC_OK; /* the place is already in the next segment */
    }
    if (kind != DAMAGE_TITLE) { /* without its title nothing in a segment can be checked */
        TRY(find_in_segment(w, w->damaged_bytes > 0 ? w->damaged_bytes : 1, &found));
    }
    if (found) {
        return RC_OK;
    }
    uint64_t next;
    TRY(walk_io_segment_after(w, w->at.segment, &next));
    if (next != UINT64_MAX) {
        return walk_io_skip(w, next);
    }
    /* nothing follows: the walk ends behind the file */
    AUTO_BUF rest = {0};
    TRY(walk_io_rest(w, &rest));
    w->at.offset += rest.n;
    w->at.leaf++;
    return RC_OK;
}
