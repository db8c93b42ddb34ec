/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/evidence_io.h"

#include "base/file.h"
#include "base/heap.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME_COST_BYTES = sizeof(uint32_t) + 1, /* beside its letters: offset and terminator */
    LEVEL_MIN_BYTES = 64 << 10,             /* a level gets this much even when all is used */
};

/* Names of one folder: text holds them NUL-terminated, at says where each starts. */
struct names {
    struct buf text;
    VEC(uint32_t) at;
};

/*
 * One open folder. Its names come in sorted portions: the smallest that fit in room_bytes, then
 * the folder is read again for those that follow `last`, so that a folder of millions of
 * files needs no more memory than one of thousands.
 */
struct level {
    DIR *folder;
    struct names names;
    size_t next; /* in names */
    size_t room_bytes;
    size_t path_bytes; /* of the walk's path, up to and with the folder's "/" */
    bool more;         /* names beyond this portion exist */
};

struct evidence {
    const char *const *paths;
    size_t path_count, next_path;
    struct buf path; /* of the current item */
    struct level levels[EVIDENCE_MAX_DEPTH];
    size_t depth;
    size_t used_bytes; /* sum of room_bytes */
};

struct evidence *evidence_io_open(const char *const *paths, size_t count)
{
    struct evidence *e = heap_zalloc(1, sizeof(*e));
    e->paths = paths;
    e->path_count = count;
    return e;
}

static void leave_folder(struct evidence *e)
{
    struct level *level = &e->levels[--e->depth];
    closedir(level->folder);
    buf_free(&level->names.text);
    vec_free(&level->names.at);
    e->used_bytes -= level->room_bytes;
    *level = (struct level){0};
}

void evidence_io_close(struct evidence *e)
{
    if (e == NULL) {
        return;
    }
    while (e->depth > 0) {
        leave_folder(e);
    }
    buf_free(&e->path);
    heap_free(e);
}

static int compare_names(const void *a, const void *b, void *text)
{
    const char *names = text;
    return strcmp(names + *(const uint32_t *)a, names + *(const uint32_t *)b);
}

static const char *name_at(const struct names *n, size_t i)
{
    return n->text.p + n->at.p[i];
}

static void sort_names(struct names *n)
{
    if (n->at.n > 1) {
        qsort_r(n->at.p, n->at.n, sizeof(*n->at.p), compare_names, n->text.p);
    }
}

static void add_name(struct names *n, const char *name)
{
    vec_push(&n->at, (uint32_t)n->text.n);
    buf_put(&n->text, (struct str){name, strlen(name) + 1});
}

/* Keep the smaller half. */
static void keep_half(struct names *n)
{
    sort_names(n);
    struct names kept = {0};
    for (size_t i = 0; i < n->at.n / 2; i++) {
        add_name(&kept, name_at(n, i));
    }
    buf_free(&n->text);
    vec_free(&n->at);
    *n = kept;
}

/*
 * Read the portion of names after the last one delivered (NULL: from the first). Once names
 * were dropped for want of room, greater ones than those kept must be dropped too, or the next
 * portion would not start where this one ends.
 */
static struct rc read_names(struct level *level, const char *last)
{
    struct names names = {0};
    bool dropped = false;
    uint32_t greatest = 0; /* offset of the greatest name kept, once some were dropped */
    rewinddir(level->folder);
    errno = 0;
    const struct dirent *entry;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    while ((entry = readdir(level->folder)) != NULL) {
        const char *name = entry->d_name;
        bool dots = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        if (dots || (last != NULL && strcmp(name, last) <= 0) ||
            (dropped && strcmp(name, names.text.p + greatest) > 0)) {
            continue;
        }
        add_name(&names, name);
        if (names.text.n + names.at.n * NAME_COST_BYTES > level->room_bytes) {
            keep_half(&names);
            check(names.at.n > 0 && names.at.p != NULL); /* a name is at most 255 bytes */
            greatest = names.at.p[names.at.n - 1];
            dropped = true;
        }
        errno = 0;
    }
    struct rc rc = errno == 0 ? RC_OK : rc_errno();
    sort_names(&names);
    buf_free(&level->names.text);
    vec_free(&level->names.at);
    level->names = names;
    level->next = 0;
    level->more = dropped;
    return rc;
}

static void item_fail(struct evidence_item *item, const char *reason)
{
    item->kind = EVIDENCE_UNREAD;
    item->reason = reason;
}

static void enter_folder(struct evidence *e, int fd, struct evidence_item *item)
{
    if (e->depth == EVIDENCE_MAX_DEPTH) {
        close(fd);
        item_fail(item, "is nested too deeply in other folders");
        return;
    }
    DIR *folder = fdopendir(fd);
    if (folder == NULL) {
        item_fail(item, rc_text(rc_errno()));
        close(fd);
        return;
    }
    if (e->path.p[e->path.n - 1] != '/') {
        buf_putc(&e->path, '/');
    }
    struct level *level = &e->levels[e->depth++];
    size_t room = (EVIDENCE_NAME_BYTES - e->used_bytes) / 2;
    *level = (struct level){.folder = folder, .path_bytes = e->path.n};
    level->room_bytes =
        e->used_bytes > EVIDENCE_NAME_BYTES || room < LEVEL_MIN_BYTES ? LEVEL_MIN_BYTES : room;
    e->used_bytes += level->room_bytes;
    struct rc rc = read_names(level, NULL);
    if (rc_failed(rc)) {
        item_fail(item, rc_text(rc));
    }
}

static const char *odd_kind(mode_t mode)
{
    if (S_ISSOCK(mode)) {
        return "is a socket";
    }
    if (S_ISFIFO(mode)) {
        return "is a named pipe";
    }
    return "is a device";
}

/* Open what stat said is a file or folder, and look again: it may have been replaced. */
static struct rc open_same(int folder, const char *name, mode_t want, int *out_fd,
                           struct stat *out_st)
{
    AUTO_FD fd = -1;
    TRY(file_open_read_at(folder, name, &fd));
    if (fstat(fd, out_st) != 0) {
        return rc_errno();
    }
    if ((out_st->st_mode & S_IFMT) != (want & S_IFMT)) {
        return rc_make(ERR_VANISHED);
    }
    *out_fd = fd;
    fd = -1;
    return RC_OK;
}

static const char *open_reason(struct rc rc)
{
    return rc.code == ERR_SYSTEM && rc.sys == ELOOP ? "is a loop of links" : rc_text(rc);
}

/* A reader of a stream waits for its writer; it may not poll. */
static void make_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) != 0) {
        (void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    }
}

/*
 * Look at one name. Named by the user: links are followed wherever they lead and a pipe is
 * read. False: it was a folder, now entered, and there is nothing to deliver for it.
 */
static bool visit(struct evidence *e, int folder, const char *name, struct evidence_item *item)
{
    struct stat st, link;
    item->path = buf_str(&e->path);
    if (fstatat(folder, name, &link, AT_SYMLINK_NOFOLLOW) != 0) {
        item_fail(item, open_reason(rc_errno()));
        return true;
    }
    if (S_ISLNK(link.st_mode) && !item->named) {
        item_fail(item, "is a link, not followed: name what it leads to, to read that");
        return true;
    }
    if (fstatat(folder, name, &st, 0) != 0) {
        item_fail(item, open_reason(rc_errno()));
        return true;
    }
    bool is_folder = S_ISDIR(st.st_mode);
    bool is_pipe = S_ISFIFO(st.st_mode) && item->named;
    if (!is_folder && !is_pipe && !S_ISREG(st.st_mode)) {
        item->kind = item->named ? EVIDENCE_UNREAD : EVIDENCE_IGNORED;
        item->reason = odd_kind(st.st_mode);
        return true;
    }
    int fd = -1;
    struct rc rc = open_same(folder, name, st.st_mode, &fd, &st);
    if (rc_failed(rc)) {
        item_fail(item, open_reason(rc));
        return true;
    }
    if (is_folder) {
        enter_folder(e, fd, item);
        return item->reason != NULL;
    }
    if (is_pipe) {
        make_blocking(fd);
    }
    item->kind = is_pipe ? EVIDENCE_STREAM : EVIDENCE_FILE;
    item->fd = fd;
    item->size = is_pipe ? 0 : (uint64_t)st.st_size;
    item->modified = st.st_mtim.tv_sec;
    return true;
}

static struct evidence_item fresh_item(const struct evidence *e)
{
    return (struct evidence_item){.fd = -1, .named = e->depth == 0};
}

static bool visit_named(struct evidence *e, struct evidence_item *item)
{
    const char *path = e->paths[e->next_path++];
    buf_clear(&e->path);
    buf_puts(&e->path, path);
    if (strcmp(path, "-") != 0) {
        return visit(e, AT_FDCWD, path, item);
    }
    item->path = buf_str(&e->path);
    item->kind = EVIDENCE_STREAM;
    int flags = fcntl(STDIN_FILENO, F_GETFL);
    bool readable = flags >= 0 && (flags & O_ACCMODE) != O_WRONLY;
    item->fd = readable ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;
    if (item->fd < 0) {
        item_fail(item, "standard input is closed");
    } else {
        make_blocking(item->fd);
    }
    return true;
}

/* The next name of the innermost folder. False: it has no more, or a folder was entered. */
static bool visit_in_folder(struct evidence *e, struct evidence_item *item)
{
    struct level *level = &e->levels[e->depth - 1];
    if (level->next == level->names.at.n && level->more) {
        struct names before = level->names;
        level->names = (struct names){0};
        struct rc rc = read_names(level, name_at(&before, before.at.n - 1));
        buf_free(&before.text);
        vec_free(&before.at);
        e->path.n = level->path_bytes;
        item->path = buf_str(&e->path);
        if (rc_failed(rc)) {
            item_fail(item, rc_text(rc));
            return true;
        }
    }
    if (level->next == level->names.at.n) {
        leave_folder(e);
        return false;
    }
    const char *name = name_at(&level->names, level->next++);
    e->path.n = level->path_bytes;
    buf_puts(&e->path, name);
    return visit(e, dirfd(level->folder), name, item);
}

bool evidence_io_next(struct evidence *e, struct evidence_item *out)
{
    for (;;) {
        struct evidence_item item = fresh_item(e);
        if (e->depth == 0 && e->next_path == e->path_count) {
            return false;
        }
        if (e->depth == 0 ? visit_named(e, &item) : visit_in_folder(e, &item)) {
            *out = item;
            return true;
        }
    }
}
