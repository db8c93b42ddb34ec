/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/follow_io.h"

#include "base/file.h"
#include "base/handover.h"
#include "base/heap.h"
#include "daemon/say.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 64 };

struct followed {
    struct str name;
    enum trust trust;
    char *path;           /* owned by the arena */
    int fd, old_fd;       /* -1: none; old: what stood in its place before */
    int watch, old_watch; /* in changes; -1: none */
    dev_t device;
    ino_t inode;
    uint16_t told; /* errno of the last failure that was said; 0: none */
};

struct follow_io {
    struct arena *arena;
    int inotify; /* on the folders: read here */
    int changes; /* on the files themselves: read by ingest, which could not make it: to watch
                  * a file by its path takes the right to read it */
    struct followed files[FOLLOW_IO_FILES];
    size_t count;
};

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool lower = s.p[i] >= 'a' && s.p[i] <= 'z';
        if (!lower && !str_is_digit(s.p[i]) && s.p[i] != '-') {
            return false;
        }
    }
    return s.n > 0 && s.n <= NAME_BYTES;
}

/* NAME PATH or NAME TRUST PATH. */
static bool split_row(struct str row, struct followed *out)
{
    size_t blank = str_find_char(row, ' ');
    out->name = str_upto(row, blank);
    struct str rest = str_trim(str_from(row, blank == SIZE_MAX ? row.n : blank));
    size_t next = str_find_char(rest, ' ');
    out->trust = TRUST_DAEMON;
    if (trust_parse(str_upto(rest, next), &out->trust)) {
        rest = str_trim(str_from(rest, next == SIZE_MAX ? rest.n : next));
    }
    bool fits = is_name(out->name) && rest.n > 1 && rest.p[0] == '/';
    out->path = NULL;
    if (fits) {
        out->path = heap_alloc(rest.n + 1);
        memcpy(out->path, rest.p, rest.n);
        out->path[rest.n] = 0;
    }
    return fits;
}

static struct rc add_row(struct follow_io *f, struct str row, struct diag_place at,
                         struct diag *d)
{
    struct followed file = {.fd = -1, .old_fd = -1, .watch = -1, .old_watch = -1};
    if (!split_row(row, &file)) {
        diag_add(d, DIAG_ERROR, at,
                 "'%.*s' is not NAME PATH or NAME TRUST PATH, such as sshd-auth T2 "
                 "/var/log/auth.log",
                 (int)row.n, row.p);
        return RC_OK;
    }
    for (size_t i = 0; i < f->count; i++) {
        if (str_eq(f->files[i].name, file.name)) {
            diag_add(d, DIAG_ERROR, at, "two files have the name %.*s: a name is one source",
                     (int)file.name.n, file.name.p);
        }
    }
    if (f->count == FOLLOW_IO_FILES) {
        heap_free(file.path);
        diag_add(d, DIAG_ERROR, at, "more than %d files to follow", FOLLOW_IO_FILES);
        return rc_make(ERR_REJECTED);
    }
    struct str name;
    struct rc rc = arena_copy(f->arena, file.name, &name);
    file.name = name;
    f->files[f->count++] = file;
    return rc;
}

/* Adding a watch that is there already changes nothing; a folder that is not there yet is
 * looked at again by the clock. */
static void watch_folder(struct follow_io *f, const char *path)
{
    struct str s = str_of(path);
    size_t n = s.n;
    while (n > 1 && s.p[n - 1] != '/') {
        n--;
    }
    AUTO_BUF folder = {0};
    buf_put(&folder, str_upto(s, n));
    buf_putc(&folder, 0);
    inotify_add_watch(f->inotify, folder.p, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
}

/* Not being able to is no fault: ingest looks by itself now and then. */
static int watch_file(const struct follow_io *f, int fd)
{
    AUTO_BUF path = {0};
    buf_printf(&path, "/proc/self/fd/%d", fd);
    buf_putc(&path, 0);
    return inotify_add_watch(f->changes, path.p, IN_MODIFY);
}

/* Opens what stands at the path now; true: it is another file than before. */
static bool look(struct follow_io *f, struct followed *file)
{
    struct stat st;
    int fd = -1;
    struct rc rc = handover_open_log(file->path, &fd);
    if (!rc_failed(rc) && fstat(fd, &st) != 0) {
        rc = rc_errno();
    }
    if (rc_failed(rc)) {
        if (file->told != rc.sys + 1) {
            say_failed("ingest.absent", str_of(file->path), rc);
        }
        file->told = (uint16_t)(rc.sys + 1);
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    file->told = 0;
    if (file->fd >= 0 && st.st_dev == file->device && st.st_ino == file->inode) {
        close(fd);
        return false;
    }
    if (file->old_fd >= 0) {
        inotify_rm_watch(f->changes, file->old_watch);
        close(file->old_fd);
    }
    file->old_fd = file->fd;
    file->old_watch = file->watch;
    file->fd = fd;
    file->watch = watch_file(f, fd);
    file->device = st.st_dev;
    file->inode = st.st_ino;
    return true;
}

struct rc follow_io_open(const struct conf *conf, struct str conf_path, struct diag *d,
                         struct follow_io **out)
{
    struct follow_io *f = heap_zalloc(1, sizeof(*f));
    f->arena = arena_open((size_t)1 << 20);
    f->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    f->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    size_t count, errors = d->errors;
    const struct conf_value *rows = conf_list(conf, CONF_INGEST_FILE, &count);
    struct rc rc = f->inotify < 0 || f->changes < 0 ? rc_errno() : RC_OK;
    for (size_t i = 0; i < count && !rc_failed(rc); i++) {
        struct diag_place at = {.path = conf_path, .line = rows[i].line, .column = 1};
        rc = add_row(f, rows[i].text, at, d);
    }
    if (!rc_failed(rc) && d->errors != errors) {
        rc = rc_make(ERR_REJECTED);
    }
    if (rc_failed(rc)) {
        follow_io_close(f);
        return rc;
    }
    for (size_t i = 0; i < f->count; i++) {
        watch_folder(f, f->files[i].path);
        look(f, &f->files[i]);
    }
    *out = f;
    return RC_OK;
}

void follow_io_close(struct follow_io *f)
{
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < f->count; i++) {
        file_auto_close(&f->files[i].fd);
        file_auto_close(&f->files[i].old_fd);
        heap_free(f->files[i].path);
    }
    file_auto_close(&f->inotify);
    file_auto_close(&f->changes);
    arena_close(f->arena);
    heap_free(f);
}

size_t follow_io_count(const struct follow_io *f)
{
    return f->count;
}

int follow_io_fd(const struct follow_io *f)
{
    return f->inotify;
}

static void send_fd(const struct followed *file, int fd, struct link *ingest)
{
    int copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        return;
    }
    AUTO_BUF name = {0};
    buf_puts(&name, "follow:");
    buf_put(&name, file->name);
    struct wire_message m = {.type = WIRE_FILE,
                             .file = {.name = buf_str(&name), .number = file->trust}};
    link_send(ingest, &m, copy);
}

void follow_io_send_all(const struct follow_io *f, struct link *ingest)
{
    struct wire_message m = {.type = WIRE_FILE, .file = {.name = STR("watch")}};
    int copy = fcntl(f->changes, F_DUPFD_CLOEXEC, 0);
    if (copy >= 0) {
        link_send(ingest, &m, copy);
    }
    for (size_t i = 0; i < f->count; i++) {
        send_fd(&f->files[i], f->files[i].old_fd, ingest);
        send_fd(&f->files[i], f->files[i].fd, ingest);
    }
}

void follow_io_check(struct follow_io *f, struct link *ingest)
{
    /* what happened is seen by looking: the events only say that it is time */
    _Alignas(struct inotify_event) char events[4096];
    size_t n = 1;
    while (n > 0 && !rc_failed(file_read(f->inotify, events, sizeof(events), &n))) {
    }
    for (size_t i = 0; i < f->count; i++) {
        watch_folder(f, f->files[i].path);
        if (look(f, &f->files[i])) {
            send_fd(&f->files[i], f->files[i].fd, ingest);
            say_text("ingest.opened", "path", str_of(f->files[i].path));
        }
    }
}
