/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/account_io.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define MS_NS UINT64_C(1000000)

enum { RETRY_MS = 20, STATUS_CAP_BYTES = 16384, PID_MAX = 4194304 /* src: proc(5) */ };

/* src: lckpwdf(3): a write lock of fcntl on this file, which passwd, useradd and PAM take too
 */
static const char lock_name[] = ".pwd.lock";
static const char aside_name[] = "shadow.tocsin";

/* What one piece of work holds; hashes of passwords are wiped when it ends. */
struct work {
    int lock;
    struct buf passwd, shadow, file, text; /* file: the journal's name, text: what it holds */
    bool journalled;
    struct account_journal journal; /* borrows from text, or from shadow */
    uint32_t uid;
    struct account_entry entry; /* borrows from shadow */
};

static void wipe(struct buf *b)
{
    if (b->p != NULL) {
        explicit_bzero(b->p, b->room);
    }
    buf_free(b);
}

static void work_end(struct work *w)
{
    if (w->lock >= 0) {
        close(w->lock); /* ends the lock too */
    }
    buf_free(&w->passwd);
    buf_free(&w->file);
    wipe(&w->shadow);
    wipe(&w->text);
}

#define AUTO_WORK __attribute__((cleanup(work_end))) struct work

static void say(struct account_result *out, enum outcome outcome, const char *text)
{
    out->outcome = outcome;
    buf_clear(&out->detail);
    buf_puts(&out->detail, text);
}

/* Not known: what failed and how. Always false. */
static bool say_failed(struct account_result *out, const char *what, struct rc rc)
{
    say(out, OUTCOME_UNKNOWN, what);
    buf_puts(&out->detail, ": ");
    buf_puts(&out->detail, rc_text(rc));
    return false;
}

static struct rc open_lock(int etc, int *out)
{
    struct rc rc = folder_update(etc, lock_name, out);
    if (rc_failed(rc) && rc.sys == ENOENT) {
        rc = folder_create(etc, lock_name, 0600, out);
    }
    /* made by somebody else between the two */
    return rc_failed(rc) && rc.sys == EEXIST ? folder_update(etc, lock_name, out) : rc;
}

static struct rc take_lock(int etc, int *out)
{
    AUTO_FD fd = -1;
    TRY(open_lock(etc, &fd));
    uint64_t deadline = clock_now().ns + ACCOUNT_IO_LOCK_MS * MS_NS;
    for (;;) {
        struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fcntl(fd, F_SETLK, &l) == 0) {
            break;
        }
        struct rc rc = rc_errno();
        if ((errno != EAGAIN && errno != EACCES && errno != EINTR) ||
            clock_now().ns > deadline) {
            return rc;
        }
        (void)poll(NULL, 0, RETRY_MS);
    }
    *out = fd;
    fd = -1;
    return RC_OK;
}

static struct rc load_journal(const struct account_io *io, struct str account, struct work *w)
{
    account_journal_file(&w->file, account);
    buf_putc(&w->file, 0);
    struct rc rc = folder_load(io->journal, w->file.p, ACCOUNT_JOURNAL_CAP_BYTES, &w->text);
    if (rc_failed(rc) && rc.sys == ENOENT) {
        return RC_OK;
    }
    TRY(rc);
    TRY(account_journal_decode(buf_str(&w->text), &w->journal));
    if (!str_eq(w->journal.account, account)) {
        return rc_make(ERR_MALFORMED);
    }
    w->journalled = true;
    return RC_OK;
}

/* The lock, both files and the journal. */
static bool work_begin(const struct account_io *io, struct str account, struct work *w,
                       struct account_result *out)
{
    *w = (struct work){.lock = -1};
    if (!action_account_ok(account)) {
        say(out, OUTCOME_INEFFECTIVE, "is not a name that a local account can have");
        return false;
    }
    struct rc rc = take_lock(io->etc, &w->lock);
    if (rc_failed(rc)) {
        return say_failed(out, "the lock of passwd and shadow cannot be had", rc);
    }
    rc = folder_load(io->etc, "passwd", ACCOUNT_MAX_FILE_BYTES, &w->passwd);
    if (rc_failed(rc)) {
        return say_failed(out, "passwd cannot be read", rc);
    }
    rc = folder_load(io->etc, "shadow", ACCOUNT_MAX_FILE_BYTES, &w->shadow);
    if (rc_failed(rc)) {
        return say_failed(out, "shadow cannot be read", rc);
    }
    rc = load_journal(io, account, w);
    return !rc_failed(rc) || say_failed(out, "the journal of this account cannot be read", rc);
}

static enum account_fault work_find(const struct account_io *io, struct str account,
                                    struct work *w)
{
    enum account_fault fault = account_find_uid(buf_str(&w->passwd), account, &w->uid);
    if (fault == ACCOUNT_FOUND && w->uid == io->own_uid) {
        fault = ACCOUNT_SYSTEM;
    }
    return fault != ACCOUNT_FOUND ? fault
                                  : account_find_entry(buf_str(&w->shadow), account, &w->entry);
}

static struct rc write_journal(const struct account_io *io, const struct work *w)
{
    struct buf text = {0};
    account_journal_encode(&text, &w->journal);
    struct rc rc = folder_replace(io->journal, w->file.p, 0600, bytes_of(buf_str(&text)));
    wipe(&text);
    return rc;
}

static struct rc remove_journal(const struct account_io *io, const struct work *w)
{
    if (unlinkat(io->journal, w->file.p, 0) != 0 && errno != ENOENT) {
        return rc_errno();
    }
    return folder_sync(io->journal);
}

/* As the old one: owner, group and mode. An ACL or label comes from the folder anew. */
static struct rc write_aside(int etc, struct str text)
{
    AUTO_FD old = -1;
    AUTO_FD fd = -1;
    struct stat st;
    if (unlinkat(etc, aside_name, 0) != 0 && errno != ENOENT) {
        return rc_errno();
    }
    TRY(folder_read(etc, "shadow", &old));
    TRY(folder_create(etc, aside_name, 0600, &fd));
    if (fstat(old, &st) != 0 || fchown(fd, st.st_uid, st.st_gid) != 0 ||
        fchmod(fd, st.st_mode & 07777) != 0) {
        return rc_errno();
    }
    TRY(file_write_all(fd, bytes_of(text)));
    return fsync(fd) == 0 ? RC_OK : rc_errno();
}

static struct rc replace_shadow(int etc, struct str text)
{
    struct rc rc = write_aside(etc, text);
    if (!rc_failed(rc) && renameat(etc, aside_name, etc, "shadow") != 0) {
        rc = rc_errno();
    }
    if (rc_failed(rc)) {
        (void)unlinkat(etc, aside_name, 0);
        return rc;
    }
    return folder_sync(etc);
}

/* Writes the two fields and reads them back into w. */
static struct rc change(const struct account_io *io, struct work *w,
                        const struct account_entry *now)
{
    struct buf text = {0};
    account_rewrite(&text, buf_str(&w->shadow), &w->entry, now);
    struct rc rc = replace_shadow(io->etc, buf_str(&text));
    wipe(&text);
    return rc;
}

/* Does shadow, as it is now on the disk, hold these two? */
static bool holds(const struct account_io *io, struct str account,
                  const struct account_entry *want)
{
    struct buf text = {0};
    struct account_entry got;
    bool same = !rc_failed(folder_load(io->etc, "shadow", ACCOUNT_MAX_FILE_BYTES, &text)) &&
                account_find_entry(buf_str(&text), account, &got) == ACCOUNT_FOUND &&
                str_eq(got.password, want->password) && str_eq(got.expire, want->expire);
    wipe(&text);
    return same;
}

static bool same_entry(const struct account_entry *a, const struct account_entry *b)
{
    return str_eq(a->password, b->password) && str_eq(a->expire, b->expire);
}

/* The journal on the disk says what the account is before it is changed. */
static struct rc keep_before(const struct account_io *io, struct work *w,
                             const struct action *a, struct walltime since,
                             struct walltime until)
{
    struct account_journal *j = &w->journal;
    /* what root gave back is over; another lease begins anew */
    w->journalled = w->journalled && j->phase != ACCOUNT_RELEASED;
    bool ours = w->journalled && account_password_is_ours(&w->entry, &j->before) &&
                account_expire_is_ours(&w->entry);
    if (!w->journalled || j->uid != w->uid) {
        *j = (struct account_journal){
            .account = a->account, .uid = w->uid, .since = since, .before = w->entry};
    } else if (j->phase == ACCOUNT_INTENDED && !ours && !same_entry(&w->entry, &j->before)) {
        j->before =
            w->entry; /* changed after a run of ours that ended before it did anything */
    } else if (j->until.us == until.us) {
        return RC_OK;
    }
    memcpy(j->action, a->id, sizeof(j->action));
    j->until = until;
    return write_journal(io, w);
}

/* It was done before: is it still? Nothing is changed. */
static void look_again(const struct work *w, struct account_result *out)
{
    bool locked = account_password_is_ours(&w->entry, &w->journal.before);
    if (!account_expire_is_ours(&w->entry)) {
        say(out, OUTCOME_INEFFECTIVE,
            "conflict: somebody has changed the account's expiry since it was suspended; left "
            "as it is");
    } else if (!locked) {
        say(out, OUTCOME_EFFECTIVE,
            "still expired, says /etc/shadow; somebody has changed its password since");
    } else {
        say(out, OUTCOME_EFFECTIVE, "still expired and locked, says /etc/shadow");
    }
}

static void suspend(const struct account_io *io, struct work *w, struct account_result *out)
{
    struct account_journal *j = &w->journal;
    struct buf password = {0};
    buf_puts(&password, ACCOUNT_LOCK);
    buf_put(&password, j->before.password);
    const struct account_entry now = {buf_str(&password), STR(ACCOUNT_EXPIRE)};
    struct rc rc = same_entry(&w->entry, &now) ? RC_OK : change(io, w, &now);
    if (rc_failed(rc)) {
        (void)say_failed(out, "shadow cannot be written", rc);
    } else if (!holds(io, j->account, &now)) {
        say(out, OUTCOME_UNKNOWN, "was written, but shadow does not say so when read again");
    } else {
        say(out, OUTCOME_EFFECTIVE, "expired and locked, says /etc/shadow when read again");
        j->phase = ACCOUNT_APPLIED;
        rc_ignore(write_journal(io, w), "at worst the next start does it again, the same");
    }
    wipe(&password);
}

void account_io_suspend(const struct account_io *io, const struct action *a,
                        struct walltime since, struct walltime until,
                        struct account_result *out)
{
    AUTO_WORK w;
    if (!work_begin(io, a->account, &w, out)) {
        return;
    }
    enum account_fault fault = work_find(io, a->account, &w);
    if (fault != ACCOUNT_FOUND) {
        say(out, OUTCOME_INEFFECTIVE, "");
        buf_put(&out->detail, account_fault_text(fault));
        return;
    }
    if (w.journalled && w.journal.phase == ACCOUNT_RELEASED && until.us <= w.journal.until.us) {
        say(out, OUTCOME_INEFFECTIVE,
            "was given back by root while tocsind did not run; left as it is");
        return;
    }
    struct rc rc = keep_before(io, &w, a, since, until);
    if (rc_failed(rc)) {
        (void)say_failed(out, "nothing was done: the journal cannot be written", rc);
        return;
    }
    if (w.journal.phase == ACCOUNT_APPLIED) {
        look_again(&w, out);
    } else {
        suspend(io, &w, out);
    }
}

/* What each field is to be: as before where it is still ours, else as it is. */
static struct account_entry give_back(const struct work *w, bool *out_password_kept,
                                      bool *out_expire_kept)
{
    const struct account_entry *before = &w->journal.before;
    struct account_entry now = w->entry;
    bool password = account_password_is_ours(&w->entry, before);
    bool expire = account_expire_is_ours(&w->entry);
    now.password = password ? before->password : now.password;
    now.expire = expire ? before->expire : now.expire;
    *out_password_kept = !str_eq(now.password, before->password);
    *out_expire_kept = !str_eq(now.expire, before->expire);
    return now;
}

/* keep: the journal stays, to say that it was given back. */
static void restore(const struct account_io *io, struct work *w, bool keep,
                    struct account_result *out)
{
    bool password_kept, expire_kept;
    struct account_entry now = give_back(w, &password_kept, &expire_kept);
    struct rc rc = same_entry(&now, &w->entry) ? RC_OK : change(io, w, &now);
    if (rc_failed(rc)) {
        (void)say_failed(out, "shadow cannot be written", rc);
        return;
    }
    if (!holds(io, w->journal.account, &now)) {
        say(out, OUTCOME_UNKNOWN, "was written, but shadow does not say so when read again");
        return;
    }
    w->journal.phase = ACCOUNT_RELEASED;
    rc = keep ? write_journal(io, w) : remove_journal(io, w);
    if (rc_failed(rc)) {
        (void)say_failed(out, "as before, but its journal cannot be removed", rc);
    } else if (password_kept || expire_kept) {
        say(out, OUTCOME_INEFFECTIVE, "conflict: somebody has changed the account's ");
        buf_puts(&out->detail, password_kept ? "password" : "expiry");
        buf_puts(&out->detail, password_kept && expire_kept ? " and expiry" : "");
        buf_puts(&out->detail, " since it was suspended; left as it is, the rest is as before");
    } else {
        say(out, OUTCOME_EFFECTIVE,
            "expiry and password as before, says /etc/shadow when read again");
    }
}

static void give(const struct account_io *io, struct str account, bool keep,
                 struct account_result *out)
{
    AUTO_WORK w;
    if (!work_begin(io, account, &w, out)) {
        return;
    }
    if (!w.journalled) {
        say(out, OUTCOME_EFFECTIVE, "is not, or no longer, suspended by tocsin");
        return;
    }
    enum account_fault fault = work_find(io, account, &w);
    bool gone = fault == ACCOUNT_ABSENT;
    bool other = fault == ACCOUNT_FOUND && w.uid != w.journal.uid;
    if (gone || other) {
        struct rc rc = remove_journal(io, &w);
        say(out, gone ? OUTCOME_EFFECTIVE : OUTCOME_INEFFECTIVE,
            gone ? "there is no such account any more"
                 : "conflict: the account was made anew since; left as it is");
        rc_ignore(rc, "what is left is dropped when the next restore comes");
        return;
    }
    if (fault != ACCOUNT_FOUND) {
        say(out, OUTCOME_INEFFECTIVE, "");
        buf_put(&out->detail, account_fault_text(fault));
        return;
    }
    restore(io, &w, keep, out);
}

void account_io_restore(const struct account_io *io, struct str account,
                        struct account_result *out)
{
    give(io, account, false, out);
}

void account_io_release(const struct account_io *io, struct str account,
                        struct account_result *out)
{
    give(io, account, true, out);
}

struct sweep {
    const struct account_io *io;
    uint32_t uid;
    VEC(uint32_t) pids;
    VEC(uint32_t) killed; /* each once, though it is signalled until it is gone */
    /* of this sweep: found running, killed or not; zombies; listed, but gone when looked at */
    unsigned left, dead, vanished;
    struct rc rc; /* why one could not be killed */
};

static enum account_process look_at(const struct sweep *s, const char *status_path,
                                    bool *out_gone)
{
    AUTO_BUF status = {0};
    *out_gone = rc_failed(folder_load(s->io->proc, status_path, STATUS_CAP_BYTES, &status));
    return *out_gone ? ACCOUNT_OTHERS : account_process_of(buf_str(&status), s->uid);
}

static void note_killed(struct sweep *s, uint32_t pid)
{
    for (size_t i = 0; i < s->killed.n; i++) {
        if (s->killed.p[i] == pid) {
            return;
        }
    }
    vec_push(&s->killed, pid);
}

static void sweep_one(struct sweep *s, pid_t pid)
{
    char path[40];
    bool gone;
    (void)snprintf(path, sizeof(path), "%d/status", pid);
    enum account_process is = look_at(s, path, &gone);
    s->dead += is == ACCOUNT_DEAD ? 1 : 0;
    s->vanished += gone ? 1 : 0;
    if (is != ACCOUNT_RUNS) {
        return;
    }
    s->left++;
    /* the number may have a new owner by now: held by the descriptor, looked at once more */
    AUTO_FD fd = pidfd_open(pid, 0);
    if (fd < 0 || look_at(s, path, &gone) != ACCOUNT_RUNS) {
        return;
    }
    if (pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0) {
        note_killed(s, (uint32_t)pid);
    } else {
        s->rc = rc_errno();
    }
}

static void list_one(void *context, struct str name)
{
    struct sweep *s = context;
    uint64_t pid;
    if (str_to_u64(name, &pid) && pid > 1 && pid <= PID_MAX && (pid_t)pid != getpid()) {
        vec_push(&s->pids, (uint32_t)pid);
    }
}

/* The newest first: of those who fork and end, they are the ones that live. */
static struct rc sweep(struct sweep *s)
{
    s->left = s->dead = s->vanished = 0;
    s->pids.n = 0;
    TRY(folder_each(s->io->proc, list_one, s));
    for (size_t i = s->pids.n; i > 0; i--) {
        sweep_one(s, (pid_t)s->pids.p[i - 1]);
    }
    return RC_OK;
}

static void say_killed(struct account_result *out, const struct sweep *s, bool quiet)
{
    if (s->left == 0 && !quiet) {
        say(out, OUTCOME_UNKNOWN,
            "processes come and go so fast that one of the account may be left");
        return;
    }
    out->outcome = s->left == 0 ? OUTCOME_EFFECTIVE : OUTCOME_INEFFECTIVE;
    buf_clear(&out->detail);
    buf_printf(&out->detail, "%zu processes killed, %u of the account are left", s->killed.n,
               s->left);
    if (s->left > 0 && rc_failed(s->rc)) {
        buf_puts(&out->detail, ": ");
        buf_puts(&out->detail, rc_text(s->rc));
    }
}

/*
 * Until two sweeps have looked at every process, found none, and none died between them. Who
 * forks while one runs is met in the next; who forks and ends faster than a sweep can look is
 * seen by what vanished and by the dead.
 */
static void kill_all(struct sweep *s, struct account_result *out)
{
    uint64_t deadline = clock_now().ns + ACCOUNT_IO_KILL_MS * MS_NS;
    unsigned dead = UINT32_MAX;
    bool quiet;
    do {
        struct rc rc = sweep(s);
        if (rc_failed(rc)) {
            (void)say_failed(out, "processes cannot be listed", rc);
            return;
        }
        quiet = s->left == 0 && s->vanished == 0 && s->dead <= dead && dead != UINT32_MAX;
        dead = s->left == 0 ? s->dead : UINT32_MAX;
    } while (!quiet && clock_now().ns < deadline);
    say_killed(out, s, quiet);
}

static bool sees_all(const struct account_io *io)
{
    AUTO_BUF status = {0};
    return !rc_failed(folder_load(io->proc, "1/status", STATUS_CAP_BYTES, &status));
}

void account_io_end_sessions(const struct account_io *io, struct str account,
                             struct account_result *out)
{
    AUTO_BUF passwd = {0};
    struct sweep s = {.io = io};
    if (!action_account_ok(account)) {
        say(out, OUTCOME_INEFFECTIVE, "is not a name that a local account can have");
        return;
    }
    struct rc rc = folder_load(io->etc, "passwd", ACCOUNT_MAX_FILE_BYTES, &passwd);
    if (rc_failed(rc)) {
        (void)say_failed(out, "passwd cannot be read", rc);
        return;
    }
    enum account_fault fault = account_find_uid(buf_str(&passwd), account, &s.uid);
    fault = fault == ACCOUNT_FOUND && s.uid == io->own_uid ? ACCOUNT_SYSTEM : fault;
    if (fault != ACCOUNT_FOUND) {
        say(out, OUTCOME_INEFFECTIVE, "");
        buf_put(&out->detail, account_fault_text(fault));
    } else if (!sees_all(io)) {
        say(out, OUTCOME_UNKNOWN, "/proc hides processes of others from us (hidepid)");
    } else {
        kill_all(&s, out);
    }
    vec_free(&s.pids);
    vec_free(&s.killed);
}

struct each {
    const struct account_io *io;
    void (*each)(void *context, const struct account_journal *j, struct rc why);
    void *context;
};

static void each_file(void *context, struct str file)
{
    const struct each *e = context;
    struct work w = {.lock = -1};
    struct str account;
    if (account_journal_account(file, &account)) {
        struct rc rc = load_journal(e->io, account, &w);
        w.journal.account = account;
        e->each(e->context, &w.journal, rc);
    }
    work_end(&w);
}

struct rc account_io_each(const struct account_io *io,
                          void (*each)(void *context, const struct account_journal *j,
                                       struct rc why),
                          void *context)
{
    struct each e = {io, each, context};
    return folder_each(io->journal, each_file, &e);
}
