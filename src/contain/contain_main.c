/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin-contain - the role that decides what is done against an attack.
 *
 * Job: proposals and people's orders pass the guardrails; what is allowed is made durable as an
 * intent, granted with a signature, and followed to its end. Input trust: typed messages from
 * incident, whose targets attackers may have written into logs; orders from people whose uid
 * the kernel names; both are checked here as if nobody had looked before. Powers: it signs
 * grants and accepts connections of people; it can open nothing and touches no kernel state.
 * If it dies: the kernel and contain-account end what was granted at its time; started again it
 * reads its own facts and grants what is left once more, which changes nothing.
 */
#include "base/file.h"
#include "contain/warden.h"
#include "guard/station.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct role_state {
    struct station *s;
    struct warden *warden;
    struct never *never;
    uint8_t seed[GRANT_KEY_BYTES];
    bool have_seed, enforce;
    bool bad_never; /* an entry of the never list that nobody understands */
    uint32_t owner; /* of the socket */
    uint32_t budget_addresses;
    int listen;
};

static struct warden_time now(void)
{
    return (struct warden_time){clock_now(), clock_wall()};
}

static bool out_send(void *context, enum role to, const struct wire_message *m)
{
    struct role_state *r = context;
    bool sent = station_send(r->s, to, m);
    station_flush(r->s); /* each microsecond is a packet of the attacker's */
    return sent;
}

static void out_answer(void *context, uint64_t connection, uint8_t status, struct str json)
{
    struct role_state *r = context;
    struct wire_message m = {.type = WIRE_ANSWER,
                             .answer = {.status = status, .last = 1, .piece = bytes_of(json)}};
    (void)station_answer(r->s, connection, &m); /* who has left need not be told */
}

static void out_log(void *context, enum warden_level level, struct str line)
{
    static const enum station_level levels[] = {[WARDEN_INFO] = STATION_INFO,
                                                [WARDEN_WARNING] = STATION_WARNING,
                                                [WARDEN_ERROR] = STATION_ERROR};
    struct role_state *r = context;
    station_log(r->s, levels[level], line);
}

static void on_option(void *context, struct str name, struct str value)
{
    struct role_state *r = context;
    if (str_eq(name, STR("contain.mode"))) {
        r->enforce = str_eq(value, STR("enforce"));
    } else if (str_eq(name, STR("contain.never")) && r->never != NULL) {
        r->bad_never |= rc_failed(never_add(r->never, value));
    } else if (str_eq(name, STR("contain.budget_addresses"))) {
        uint64_t n = 0; /* the supervisor has checked its range */
        r->budget_addresses = str_to_u64(value, &n) && n <= UINT32_MAX ? (uint32_t)n : 0;
    }
}

/* Whoever the socket belongs to may give orders: the administrator made it his. */
static uint32_t owner_of(int fd)
{
    struct sockaddr_un a = {0};
    socklen_t n = sizeof(a);
    struct stat st;
    if (getsockname(fd, (struct sockaddr *)&a, &n) != 0 || a.sun_path[0] != '/' ||
        stat(a.sun_path, &st) != 0) {
        return 0;
    }
    return st.st_uid;
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct role_state *r = context;
    (void)number;
    if (str_eq(name, STR("listen")) && r->listen < 0 && r->warden == NULL) {
        r->listen = fd;
        r->owner = owner_of(fd);
        return;
    }
    AUTO_FD own = fd;
    size_t got = 0;
    if (str_eq(name, STR("grant-key"))) {
        struct rc rc = file_read_at(own, r->seed, sizeof(r->seed), 0, &got);
        r->have_seed = !rc_failed(rc) && got == sizeof(r->seed);
    }
}

static struct rc on_prepare(void *context)
{
    struct role_state *r = context;
    if (r->bad_never) {
        station_log(r->s, STATION_ERROR,
                    STR("contain.never text=\"an entry of contain.never is no address, prefix "
                        "or account:NAME, or there are too many: nothing is contained before "
                        "that is corrected\""));
        return rc_make(ERR_REJECTED);
    }
    if (!r->have_seed) {
        station_log(r->s, STATION_ERROR,
                    STR("contain.key text=\"the key that signs grants was not passed\""));
        return rc_make(ERR_REJECTED);
    }
    const struct warden_setup setup = {.out = {r, out_send, out_answer, out_log},
                                       .never = r->never,
                                       .signer = grant_signer_open(r->seed),
                                       .enforce = r->enforce,
                                       .owner = r->owner,
                                       .budget_addresses = r->budget_addresses};
    explicit_bzero(r->seed, sizeof(r->seed));
    if (setup.signer == NULL) {
        return rc_make(ERR_INTERNAL);
    }
    r->never = NULL;
    r->warden = warden_open(&setup, now());
    if (r->listen >= 0) {
        station_listen(r->s, r->listen);
    }
    station_wake(r->s, clock_now());
    return RC_OK;
}

static void on_timer(void *context)
{
    struct role_state *r = context;
    station_wake(r->s, warden_timer(r->warden, now()));
}

static void on_attached(void *context, enum role peer)
{
    struct role_state *r = context;
    warden_attached(r->warden, peer, now());
}

static void on_lost(void *context, enum role peer)
{
    struct role_state *r = context;
    warden_lost(r->warden, peer, now());
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct role_state *r = context;
    struct warden_from from = {.role = peer, .connection = connection};
    from.uid = peer == ROLE_CONSOLE ? station_peer_uid(r->s, connection) : 0;
    TRY(warden_message(r->warden, from, m, now()));
    if (m->type == WIRE_FACT_STORED || m->type == WIRE_CAUGHT_UP) {
        on_timer(r); /* a new lease may end before the next tick */
    }
    return RC_OK;
}

int main(void)
{
    struct role_state r = {.never = never_open(), .listen = -1};
    const struct station_handlers handlers = {.option = on_option,
                                              .file = on_file,
                                              .prepare = on_prepare,
                                              .attached = on_attached,
                                              .lost = on_lost,
                                              .message = on_message,
                                              .timer = on_timer};
    int status = station_main(ROLE_CONTAIN, &handlers, &r, &r.s);
    warden_close(r.warden);
    never_close(r.never);
    return status;
}
