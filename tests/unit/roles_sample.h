/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roles_sample - the programs of containment, started and fed by the test as by tocsind.
 */
#ifndef TESTS_UNIT_ROLES_SAMPLE_H
#define TESTS_UNIT_ROLES_SAMPLE_H

#include "test.h"

#include "base/clock.h"
#include "base/folder.h"
#include "base/heap.h"
#include "contain/account.h"
#include "contain/grant.h"
#include "guard/channel.h"
#include "guard/link.h"
#include "model/action.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 15000, CLERK_UID = 48766, TRIALS = 190 /* within the budget */ };

static const uint8_t seed[GRANT_KEY_BYTES] = {3, 1, 4};

struct child {
    enum role role;
    pid_t pid;
    struct link supervisor;
};

struct programs {
    const char *folder, *tocsin;
};

struct stage {
    const struct programs *programs;
    char work[64]; /* etc, journal, contain.sock */
    struct child contain, net, account;
    struct link ledger, incident; /* the near ends of contain's channels */
    int netlink;
    bool system_accounts; /* /etc, which is private, and not work/etc */
    uint8_t *room;
    struct wire_message m; /* the last one received */
    uint64_t next_connection;
};

static void send_fd(struct child *c, const struct wire_message *m, int fd)
{
    assert_true(link_send(&c->supervisor, m, fd));
}

static void send_bytes(struct child *c, const char *name, struct bytes content)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    struct wire_message m = {.type = WIRE_FILE, .file = {.name = str_of(name)}};
    assert_int_equal(write(fd, content.p, content.n), content.n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    send_fd(c, &m, fd);
}

static void send_option(struct child *c, const char *name, const char *value)
{
    struct wire_message m = {.type = WIRE_OPTION,
                             .option = {.name = str_of(name), .value = str_of(value)}};
    send_fd(c, &m, -1);
}

static void start(struct stage *s, struct child *c, enum role role)
{
    int ends[2];
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", s->programs->folder, role_name(role).p);
    assert_ok(channel_pair(ends));
    c->role = role;
    c->pid = fork();
    assert_true(c->pid >= 0);
    if (c->pid == 0) {
        if (dup2(ends[1], 3) == 3) {
            (void)fcntl(3, F_SETFD, 0);
            (void)execl(path, path, (char *)NULL);
        }
        _exit(127);
    }
    close(ends[1]);
    link_open(&c->supervisor, ends[0], ROLE_SUPERVISOR, role);
}

/* The next message on a link; HELLO and LOG are passed over, logs shown. */
static bool next(struct stage *s, struct link *l, int wait_ms)
{
    for (;;) {
        struct pollfd p = {.fd = l->fd, .events = POLLIN};
        enum link_got got = LINK_NOTHING;
        int fd = -1;
        if (poll(&p, 1, wait_ms) != 1) {
            return false;
        }
        assert_ok(link_receive(l, s->room, &s->m, &fd, &got));
        if (got == LINK_GONE) {
            fail_msg("%s is gone", role_name(l->peer).p);
        }
        if (got == LINK_MESSAGE && s->m.type == WIRE_LOG) {
            print_message("  %.*s\n", (int)s->m.log.line.n, s->m.log.line.p);
        } else if (got == LINK_MESSAGE) {
            return true;
        }
    }
}

static void want(struct stage *s, struct link *l, enum wire_type type)
{
    while (next(s, l, WAIT_MS)) {
        if (s->m.type == type) {
            return;
        }
        if (s->m.type == WIRE_ACCUSE) {
            fail_msg("accused: %.*s", (int)s->m.accuse.reason.n, s->m.accuse.reason.p);
        }
    }
    fail_msg("no %s came", wire_name(type).p);
}

static void run(struct stage *s, struct child *c)
{
    struct wire_message m = {.type = WIRE_RUN, .run = {.enforce = 1}};
    send_fd(c, &m, -1);
    want(s, &c->supervisor, WIRE_READY);
    print_message("%s is ready; missing: %.*s\n", role_name(c->role).p,
                  (int)s->m.ready.missing.n, s->m.ready.missing.p);
}

/* A channel between a and b; b is a child, or the near end becomes *near. */
static void attach(struct child *a, struct child *b, enum role other, struct link *near)
{
    int ends[2];
    struct wire_message m = {.type = WIRE_ATTACH, .attach = {.peer = (uint8_t)other}};
    assert_ok(channel_pair(ends));
    send_fd(a, &m, ends[0]);
    if (b != NULL) {
        m.attach.peer = (uint8_t)a->role;
        send_fd(b, &m, ends[1]);
    } else {
        link_open(near, ends[1], other, a->role);
    }
}

static int path_in(struct stage *s, const char *name, char out[static 128])
{
    return snprintf(out, 128, "%s/%s", s->work, name) < 128 ? 0 : -1;
}

static void write_in(struct stage *s, const char *folder, const char *name, const char *text)
{
    char path[128];
    int fd = -1;
    assert_int_equal(path_in(s, folder, path), 0);
    assert_ok(folder_make(path, 0755, &fd));
    assert_ok(folder_replace(fd, name, 0640, bytes_of(str_of(text))));
    close(fd);
}

static void start_contain(struct stage *s)
{
    char path[128];
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    struct wire_message m = {.type = WIRE_FILE, .file = {.name = STR("listen")}};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(path_in(s, "contain.sock", path), 0);
    (void)unlink(path);
    memcpy(a.sun_path, path, strlen(path) + 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(fd, 4), 0);
    start(s, &s->contain, ROLE_CONTAIN);
    send_bytes(&s->contain, "grant-key", (struct bytes){seed, sizeof(seed)});
    send_option(&s->contain, "contain.mode", "enforce");
    send_option(&s->contain, "contain.never", "192.0.2.0/24");
    send_fd(&s->contain, &m, fd);
    attach(&s->contain, NULL, ROLE_LEDGER, &s->ledger);
    attach(&s->contain, NULL, ROLE_INCIDENT, &s->incident);
    run(s, &s->contain);
    want(s, &s->ledger, WIRE_SUBSCRIBE);
    m = (struct wire_message){.type = WIRE_CAUGHT_UP};
    assert_true(link_send(&s->ledger, &m, -1));
}

static void start_net(struct stage *s, struct bytes public)
{
    struct wire_message m = {.type = WIRE_FILE, .file = {.name = STR("netlink")}};
    start(s, &s->net, ROLE_CONTAIN_NET);
    send_bytes(&s->net, "grant-public", public);
    send_fd(&s->net, &m, dup(s->netlink));
    attach(&s->contain, &s->net, ROLE_CONTAIN_NET, NULL);
    run(s, &s->net);
}

static void start_account(struct stage *s, struct bytes public)
{
    char path[128];
    int fd = -1;
    struct wire_message m = {.type = WIRE_FILE, .file = {.name = STR("folder")}};
    assert_int_equal(path_in(s, "journal", path), 0);
    assert_ok(folder_make(path, 0700, &fd));
    start(s, &s->account, ROLE_CONTAIN_ACCOUNT);
    send_bytes(&s->account, "grant-public", public);
    send_fd(&s->account, &m, fd);
    assert_int_equal(path_in(s, "etc", path), 0);
    if (!s->system_accounts) {
        send_option(&s->account, "account.etc", path);
    }
    attach(&s->contain, &s->account, ROLE_CONTAIN_ACCOUNT, NULL);
    run(s, &s->account);
}

static void end(struct child *c)
{
    if (c->pid > 0) {
        kill(c->pid, SIGKILL);
        waitpid(c->pid, NULL, 0);
        link_close(&c->supervisor);
        c->pid = 0;
    }
}

static void public_key(uint8_t out[static GRANT_KEY_BYTES])
{
    struct grant_signer *signer = grant_signer_open(seed);
    grant_signer_public(signer, out);
    grant_signer_close(signer);
}

static void loopback_up(void)
{
    struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &r), 0);
    close(fd);
}

static struct stage *open_stage(const struct programs *programs, bool system_accounts)
{
    struct stage *s = heap_zalloc(1, sizeof(*s));
    s->system_accounts = system_accounts;
    uint8_t public[GRANT_KEY_BYTES];
    s->programs = programs;
    s->room = heap_alloc(CHANNEL_FRAME_BYTES);
    memcpy(s->work, "/tmp/tocsin-roles-XXXXXX", 25);
    assert_non_null(mkdtemp(s->work));
    write_in(s, "etc", "passwd", "root:x:0:0::/:/bin/sh\nclerk:x:48766:48766::/:/bin/sh\n");
    write_in(s, "etc", "shadow", "root:*:1::::::\nclerk:$y$abc:19700:0:99999:7:::\n");
    s->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    assert_true(s->netlink >= 0);
    public_key(public);
    start_contain(s);
    start_net(s, (struct bytes){public, sizeof(public)});
    start_account(s, (struct bytes){public, sizeof(public)});
    return s;
}

static void close_stage(struct stage *s)
{
    char command[128];
    end(&s->contain);
    end(&s->net);
    end(&s->account);
    link_close(&s->ledger);
    link_close(&s->incident);
    close(s->netlink);
    (void)snprintf(command, sizeof(command), "rm -rf %s", s->work);
    assert_int_equal(system(command), 0);
    heap_free(s->room);
    heap_free(s);
}

static void propose(struct stage *s, enum action_kind kind, const char *target,
                    uint32_t lease_s)
{
    struct action a = {.kind = kind, .incident = {5}};
    struct wire_message m = {.type = WIRE_PROPOSE,
                             .propose = {.kind = (uint8_t)kind,
                                         .lease_s = lease_s,
                                         .incident = {5},
                                         .event_us = clock_wall().us,
                                         .trust = TRUST_JOURNAL,
                                         .signals = 2,
                                         .sensors = 2,
                                         .sources = 2,
                                         .success = 1,
                                         .reason = STR("test")}};
    if (kind == ACTION_BLOCK_ADDRESS) {
        assert_true(ipaddr_parse(str_of(target), &a.address));
    } else {
        a.account = str_of(target);
    }
    action_id(&a, a.id);
    m.propose.address = a.address;
    m.propose.account = a.account;
    memcpy(m.propose.action, a.id, sizeof(a.id));
    assert_true(link_send(&s->incident, &m, -1));
}

/* Facts as they come, acknowledged, to the first of that kind; it must hold that text. */
static void want_fact(struct stage *s, enum fact_kind kind, const char *part)
{
    for (;;) {
        want(s, &s->ledger, WIRE_STORE_FACT);
        struct wire_message m = {.type = WIRE_FACT_STORED,
                                 .fact_stored = {.kind = s->m.store_fact.kind, .fresh = 1}};
        memcpy(m.fact_stored.key, s->m.store_fact.key, FACT_KEY_BYTES);
        struct str json = s->m.store_fact.json;
        bool is = s->m.store_fact.kind == kind;
        if (is && str_find(json, str_of(part)) == SIZE_MAX) {
            fail_msg("%.*s\nhas no %s", (int)json.n, json.p, part);
        }
        if (is && kind == FACT_OUTCOME) {
            size_t at = str_find(json, STR("\"act\""));
            print_message("  %.*s\n", (int)(json.n - at), json.p + at);
        }
        assert_true(link_send(&s->ledger, &m, -1));
        if (is) {
            return;
        }
    }
}

static bool nft_has(const char *text)
{
    char command[128];
    (void)snprintf(command, sizeof(command), "nft list table inet tocsin | grep -q '%s'", text);
    return system(command) == 0;
}

static bool shadow_has(struct stage *s, const char *text)
{
    char path[128], command[256];
    assert_int_equal(path_in(s, "etc/shadow", path), 0);
    (void)snprintf(command, sizeof(command), "grep -qF '%s' %s", text, path);
    return system(command) == 0;
}

static pid_t run_clerk(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (setresgid(CLERK_UID, CLERK_UID, CLERK_UID) == 0 &&
            setresuid(CLERK_UID, CLERK_UID, CLERK_UID) == 0) {
            (void)pause();
        }
        _exit(1);
    }
    usleep(20000);
    return pid;
}

#endif
