/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/supply_io.h"

#include "base/file.h"
#include "base/folder.h"
#include "base/handover.h"
#include "base/heap.h"
#include "daemon/grant_key_io.h"
#include "daemon/say.h"
#include "daemon/socket_io.h"
#include "detect/sigma/rule_files_io.h"
#include "guard/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

struct supply_io {
    const struct conf *conf;
    struct arena *arena;
    int state, run, lock;
    int folders[ROLE_COUNT]; /* of ledger and contain-account, below state; -1: none */
    int sockets[ROLE_COUNT]; /* that people connect to */
    int netlink;             /* kept here: nftables drops the table of one that is closed */
    uint8_t grant_public[GRANT_KEY_IO_BYTES];
    struct buf rules; /* a wire_list of path, text, path, text */
    struct follow_io *followed;
    struct program programs[ROLE_COUNT]; /* path NULL: does not run */
};

static char *cstr(struct supply_io *s, struct str text)
{
    char *p = arena_cstr(s->arena, text);
    check(p != NULL); /* bounded by conf.def */
    return p;
}

static const char *setting(struct supply_io *s, enum conf_key key)
{
    return cstr(s, conf_text(s->conf, key));
}

/* Why a role does not run, or that it does. */
static void off(struct supply_io *s, enum role role, const char *why)
{
    s->programs[role].path = NULL;
    say_event("role.off role=%s why=\"%s\"", role_name(role).p, why);
}

/* Where the programs are: as configured, beside this one (a build), or where installed. */
static const char *libexec(struct supply_io *s)
{
    if (conf_text(s->conf, CONF_LIBEXEC).n > 0) {
        return setting(s, CONF_LIBEXEC);
    }
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    while (n > 0 && self[n - 1] != '/') {
        n--;
    }
    if (n > 1) {
        AUTO_BUF beside = {0};
        buf_put(&beside, (struct str){self, (size_t)n});
        buf_puts(&beside, "src/daemon/roles");
        char *path = cstr(s, buf_str(&beside));
        if (access(path, X_OK) == 0) {
            return path;
        }
    }
    return TOCSIN_LIBEXEC_DIR;
}

static void set_programs(struct supply_io *s)
{
    const char *folder = libexec(s);
    uint64_t base = geteuid() == 0 ? conf_count(s->conf, CONF_UID_BASE) : 0;
    if (base == 0) {
        say_event("daemon.users missing=\"roles run as the user of tocsind, not each as its "
                  "own: %s\"",
                  geteuid() == 0 ? "uid_base is 0" : "it was not started by root");
    }
    for (enum role role = ROLE_INGEST; role < ROLE_CONSOLE; role++) {
        AUTO_BUF path = {0};
        buf_printf(&path, "%s/%s", folder, role_name(role).p);
        struct program *p = &s->programs[role];
        p->uid = base == 0 ? 0 : (uint32_t)base + role;
        p->capabilities = profile_capabilities(role);
        p->path = cstr(s, buf_str(&path));
        if (access(p->path, X_OK) != 0) {
            say_failed("role.absent", str_of(p->path), rc_errno());
            p->path = NULL;
        }
    }
}

/* A folder for one role alone, below the state folder. */
static struct rc own_folder(struct supply_io *s, enum role role, const char *name)
{
    AUTO_BUF path = {0};
    buf_printf(&path, "%s/%s", setting(s, CONF_STATE), name);
    buf_putc(&path, 0);
    TRY(folder_make(path.p, 0700, &s->folders[role]));
    uint32_t uid = s->programs[role].uid;
    return uid == 0 || fchown(s->folders[role], uid, uid) == 0 ? RC_OK : rc_errno();
}

static struct rc open_folders(struct supply_io *s)
{
    TRY(folder_make(setting(s, CONF_STATE), 0755, &s->state));
    TRY(handover_lock(s->state, "tocsind.lock", &s->lock));
    TRY(folder_make(setting(s, CONF_RUN), 0755, &s->run));
    TRY(own_folder(s, ROLE_LEDGER, "ledger"));
    return own_folder(s, ROLE_CONTAIN_ACCOUNT, "account");
}

static struct rc open_sockets(struct supply_io *s)
{
    static const struct {
        enum role role;
        const char *name;
    } table[] = {
        {ROLE_QUERY, "query.sock"},
        {ROLE_CONTAIN, "contain.sock"},
        {ROLE_INFORM, "notice.sock"},
    };
    uint32_t gid = (uint32_t)conf_count(s->conf, CONF_CONSOLE_GID);
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        AUTO_BUF path = {0};
        buf_printf(&path, "%s/%s", setting(s, CONF_RUN), table[i].name);
        buf_putc(&path, 0);
        TRY(socket_io_listen(path.p, gid, &s->sockets[table[i].role]));
    }
    return RC_OK;
}

static void put_rule(void *context, struct str path, struct str text)
{
    struct buf *list = context;
    wire_list_put(list, bytes_of(path));
    wire_list_put(list, bytes_of(text));
}

static struct rc read_rules(struct supply_io *s, struct diag *d)
{
    size_t count, errors = d->errors;
    const struct conf_value *paths = conf_list(s->conf, CONF_DETECT_RULES, &count);
    struct rule_files_io_opts opts = {put_rule, &s->rules};
    if (count == 0) {
        rule_files_io_read(TOCSIN_RULES_DIR, &opts, d);
    }
    for (size_t i = 0; i < count; i++) {
        rule_files_io_read(cstr(s, paths[i].text), &opts, d);
    }
    if (s->rules.full) {
        diag_add(d, DIAG_ERROR, (struct diag_place){.path = STR("detect.rules")},
                 "the rules are longer than 256 MiB in all");
    }
    return d->errors == errors ? RC_OK : rc_make(ERR_REJECTED);
}

/* What has no work, or lacks what its work needs, does not run. */
static void choose_roles(struct supply_io *s)
{
    if (follow_io_count(s->followed) == 0) {
        off(s, ROLE_INGEST, "no file to follow: ingest.file");
    }
    struct stat st;
    const char *journal = setting(s, CONF_INGEST_JOURNAL);
    if (str_eq(str_of(journal), STR("no"))) {
        off(s, ROLE_JOURNAL, "ingest.journal = no");
    } else if (stat(journal, &st) != 0) {
        say_failed("journal.absent", str_of(journal), rc_errno());
        off(s, ROLE_JOURNAL, "its folder cannot be read");
    } else {
        s->programs[ROLE_JOURNAL].group = st.st_gid; /* systemd-journal, who may read it */
    }
    if (s->netlink < 0) {
        off(s, ROLE_CONTAIN_NET, "no CAP_NET_ADMIN: addresses cannot be blocked");
    }
    if (faccessat(AT_FDCWD, setting(s, CONF_ACCOUNT_ETC), W_OK, AT_EACCESS) != 0) {
        off(s, ROLE_CONTAIN_ACCOUNT, "account.etc cannot be written: no account is suspended");
    }
}

static struct supply_io *blank(const struct conf *conf)
{
    struct supply_io *s = heap_zalloc(1, sizeof(*s));
    s->conf = conf;
    s->arena = arena_open((size_t)4 << 20);
    s->state = s->run = s->lock = s->netlink = -1;
    s->rules = BUF_WITH_CAP(SUPPLY_IO_RULES_BYTES);
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        s->folders[i] = s->sockets[i] = -1;
    }
    return s;
}

static struct rc open_all(struct supply_io *s, struct str conf_path, struct diag *d)
{
    set_programs(s);
    struct rc rc = open_folders(s);
    if (rc.sys == EWOULDBLOCK) {
        say_text("daemon.twice text=\"another tocsind has this state folder\"", "state",
                 conf_text(s->conf, CONF_STATE));
        return rc;
    }
    if (!rc_failed(rc)) {
        rc = grant_key_io_open(s->state, s->grant_public);
    }
    if (rc_failed(rc)) {
        say_failed("daemon.state", conf_text(s->conf, CONF_STATE), rc);
        return rc;
    }
    rc = open_sockets(s);
    if (rc_failed(rc)) {
        say_failed("daemon.run", conf_text(s->conf, CONF_RUN), rc);
        return rc;
    }
    s->netlink = socket_io_netlink();
    TRY(read_rules(s, d));
    TRY(follow_io_open(s->conf, conf_path, d, &s->followed));
    choose_roles(s);
    return RC_OK;
}

struct rc supply_io_open(const struct conf *conf, struct str conf_path, struct diag *d,
                         struct supply_io **out)
{
    struct supply_io *s = blank(conf);
    struct rc rc = open_all(s, conf_path, d);
    if (rc_failed(rc)) {
        supply_io_close(s);
        return rc;
    }
    *out = s;
    return RC_OK;
}

struct rc supply_io_check(const struct conf *conf, struct str conf_path, struct diag *d)
{
    struct supply_io *s = blank(conf);
    struct rc rc = read_rules(s, d);
    struct rc followed = follow_io_open(conf, conf_path, d, &s->followed);
    supply_io_close(s);
    return rc_failed(rc) ? rc : followed;
}

void supply_io_close(struct supply_io *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        file_auto_close(&s->folders[i]);
        file_auto_close(&s->sockets[i]);
    }
    file_auto_close(&s->netlink);
    file_auto_close(&s->run);
    file_auto_close(&s->state);
    file_auto_close(&s->lock);
    follow_io_close(s->followed);
    buf_free(&s->rules);
    arena_close(s->arena);
    heap_free(s);
}

const struct program *supply_io_program(const struct supply_io *s, enum role role)
{
    return s->programs[role].path == NULL ? NULL : &s->programs[role];
}

struct follow_io *supply_io_followed(const struct supply_io *s)
{
    return s->followed;
}

/* The descriptor goes along; -1: nothing is sent. */
static void send_file(struct link *to, const char *name, int fd)
{
    struct wire_message m = {.type = WIRE_FILE, .file = {.name = str_of(name)}};
    if (fd >= 0) {
        link_send(to, &m, fd);
    }
}

static void send_copy(struct link *to, const char *name, int kept)
{
    send_file(to, name, kept < 0 ? -1 : fcntl(kept, F_DUPFD_CLOEXEC, 0));
}

static void send_sealed(struct link *to, const char *name, struct bytes content)
{
    int fd = -1;
    struct rc rc = handover_seal(name, content, &fd);
    if (rc_failed(rc)) {
        say_failed("daemon.memory", str_of(name), rc);
    }
    send_file(to, name, fd);
}

/* A file or folder of the administrator's; empty: there is none. */
static void send_path(const struct supply_io *s, struct link *to, const char *name,
                      enum conf_key key)
{
    AUTO_BUF path = {0};
    buf_put(&path, conf_text(s->conf, key));
    if (path.n == 0) {
        return;
    }
    buf_putc(&path, 0);
    int fd = -1;
    struct rc rc = file_open_read(path.p, &fd);
    if (rc_failed(rc)) {
        say_failed("daemon.absent", conf_text(s->conf, key), rc);
    }
    send_file(to, name, fd);
}

static void send_key(const struct supply_io *s, struct link *to)
{
    int fd = -1;
    struct rc rc = folder_read(s->state, GRANT_KEY_IO_NAME, &fd);
    if (rc_failed(rc)) {
        say_failed("daemon.key", STR(GRANT_KEY_IO_NAME), rc);
    }
    send_file(to, "grant-key", fd);
}

static void send_option(struct link *to, struct str name, struct str value)
{
    struct wire_message m = {.type = WIRE_OPTION, .option = {.name = name, .value = value}};
    link_send(to, &m, -1);
}

/* A log needs a name, and the host has one. */
static void send_host_origin(struct link *to, struct str name)
{
    struct utsname host;
    AUTO_BUF origin = {0};
    buf_puts(&origin, uname(&host) == 0 ? host.nodename : "localhost");
    buf_puts(&origin, "/tocsin");
    send_option(to, name, buf_str(&origin));
}

static void send_options(const struct supply_io *s, enum role role, struct link *to)
{
    for (enum conf_key key = 0; key < CONF_KEY_COUNT; key++) {
        const struct conf_row *row = conf_row(key);
        if (row->role != role || row->option.n == 0) {
            continue;
        }
        if (key == CONF_LEDGER_ORIGIN && conf_text(s->conf, key).n == 0) {
            send_host_origin(to, row->option);
            continue;
        }
        if (!str_eq(row->type, STR("LIST"))) {
            send_option(to, row->option, conf_text(s->conf, key));
            continue;
        }
        size_t count;
        const struct conf_value *values = conf_list(s->conf, key, &count);
        for (size_t i = 0; i < count; i++) {
            send_option(to, row->option, values[i].text);
        }
    }
}

void supply_io_send(const struct supply_io *s, enum role role, struct link *to)
{
    send_options(s, role, to);
    send_copy(to, "folder", s->folders[role]);
    send_copy(to, "listen", s->sockets[role]);
    if (role == ROLE_INGEST) {
        follow_io_send_all(s->followed, to);
    }
    if (role == ROLE_JOURNAL) {
        send_path(s, to, "journal", CONF_INGEST_JOURNAL);
    }
    if (role == ROLE_DETECT || role == ROLE_CORRELATE) {
        send_sealed(to, "rules", bytes_of(buf_str(&s->rules)));
    }
    if (role == ROLE_INCIDENT) {
        send_path(s, to, "assets", CONF_INCIDENT_ASSETS);
        send_path(s, to, "history", CONF_INCIDENT_HISTORY);
        send_path(s, to, "playbook", CONF_INCIDENT_PLAYBOOKS);
    }
    if (role == ROLE_CONTAIN) {
        send_key(s, to);
    }
    if (role == ROLE_CONTAIN_NET || role == ROLE_CONTAIN_ACCOUNT) {
        send_sealed(to, "grant-public",
                    (struct bytes){s->grant_public, sizeof(s->grant_public)});
    }
    if (role == ROLE_CONTAIN_NET) {
        send_copy(to, "netlink", s->netlink);
    }
}
