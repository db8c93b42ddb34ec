/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsin-contain-net - the executor that cuts addresses.
 *
 * Job: does what a signed grant says and nothing else, in one table of nf_tables, and says what
 * the kernel holds afterwards. Input trust: contain may be compromised: grants are verified,
 * and never list, own addresses, budget and lease are checked here again. Powers:
 * CAP_NET_ADMIN, on netlink sockets that were opened before it was confined. If it dies: the
 * supervisor keeps the socket that owns the table, so blocks stay until the kernel ends them;
 * started again it adopts the table and is granted what is left.
 */
#include "base/file.h"
#include "base/heap.h"
#include "contain/grant.h"
#include "contain/net.h"
#include "guard/station.h"

#include <unistd.h>

struct role_state {
    struct station *s;
    struct net *net;
    struct grant_verifier *verifier;
    uint8_t key[GRANT_KEY_BYTES];
    bool have_key;
    struct net_limits limits;
    int netlink;
};

static void warn(struct role_state *r, const char *event, const char *text)
{
    AUTO_BUF line = {0};
    buf_printf(&line, "%s text=\"%s\"", event, text);
    station_log(r->s, STATION_WARNING, buf_str(&line));
}

static void on_option(void *context, struct str name, struct str value)
{
    struct role_state *r = context;
    uint64_t n = 0;
    if (str_eq(name, STR("contain-net.budget_addresses")) && str_to_u64(value, &n) &&
        n <= UINT32_MAX) {
        r->limits.addresses = (uint32_t)n;
    }
}

static void on_file(void *context, struct str name, uint64_t number, int fd)
{
    struct role_state *r = context;
    (void)number;
    if (str_eq(name, STR("netlink")) && r->netlink < 0 && r->net == NULL) {
        r->netlink = fd;
        return;
    }
    AUTO_FD own = fd;
    size_t got = 0;
    if (str_eq(name, STR("grant-public"))) {
        struct rc rc = file_read_at(own, r->key, sizeof(r->key), 0, &got);
        r->have_key = !rc_failed(rc) && got == sizeof(r->key);
    }
}

static struct rc on_prepare(void *context)
{
    struct role_state *r = context;
    if (!r->have_key || r->netlink < 0) {
        warn(r, "contain-net.start",
             "the public key of grants or the netlink socket is missing");
        return rc_make(ERR_REJECTED);
    }
    r->verifier = grant_verifier_open(r->key, 1u << ACTION_BLOCK_ADDRESS);
    if (r->verifier == NULL) {
        return rc_make(ERR_INTERNAL);
    }
    struct rc rc = net_open(r->netlink, &r->limits, &r->net);
    if (rc_failed(rc)) {
        warn(r, "contain-net.table", rc_text(rc));
        return rc;
    }
    r->netlink = -1;
    if (net_owned(r->net) == NET_OWNER_NOBODY) {
        warn(r, "contain-net.owner", "this kernel has no owned tables: others can remove ours");
    }
    return RC_OK;
}

static void on_attached(void *context, enum role peer)
{
    struct role_state *r = context;
    if (peer == ROLE_CONTAIN) {
        grant_verifier_attached(r->verifier);
    }
}

static void put_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
    buf_u64(out, n);
    buf_putc(out, ' ');
    buf_puts(out, n == 1 ? one : many);
}

/* To the nearest unit that tells: the end itself is in the receipt, to the microsecond. */
static void put_left(struct buf *out, uint64_t left_ms)
{
    const uint64_t second = 1000, minute = 60 * second, hour = 60 * minute;
    uint64_t unit = left_ms < 2 * minute ? second : left_ms < 2 * hour ? minute : hour;
    buf_u64(out, (left_ms + unit / 2) / unit);
    buf_puts(out, unit == second ? " s" : unit == minute ? " min" : " h");
}

/* What it says was so when it was looked at; whoever reads it may do so much later. */
static void put_receipt(struct buf *out, enum act act, const struct net_receipt *n)
{
    if (n->reason == NET_DONE) {
        buf_puts(out, act == ACT_APPLY ? "the kernel says: blocked" : "the kernel says: free");
    } else {
        buf_puts(out, net_policy_text(n->reason));
    }
    if (n->left_ms > 0) {
        buf_puts(out, ", for ");
        put_left(out, n->left_ms);
    }
    buf_puts(out, "; ");
    put_count(out, n->dropped_packets, "packet", "packets");
    buf_puts(out, " dropped by then");
    if (act != ACT_APPLY || n->verdict == NET_INEFFECTIVE) {
        return;
    }
    buf_puts(out, "; ");
    put_count(out, n->flows_ended, "flow", "flows");
    buf_puts(out, " and ");
    put_count(out, n->sockets_ended, "socket", "sockets");
    buf_puts(out, " ended");
    if (n->flows_failed + n->sockets_failed > 0) {
        buf_printf(out, ", %u could not be", n->flows_failed + n->sockets_failed);
    }
    if (!n->flows_read || !n->sockets_read) {
        buf_puts(out, "; the kernel does not tell all of them");
    }
}

static void answer(struct role_state *r, const struct wire_grant *g, enum outcome outcome,
                   uint64_t left_ms, struct str detail)
{
    struct wire_message m = {
        .type = WIRE_RECEIPT,
        .receipt = {.act = g->act, .outcome = (uint8_t)outcome, .detail = detail}};
    m.receipt.until_us = left_ms == 0 ? 0 : clock_wall().us + (int64_t)left_ms * 1000;
    memcpy(m.receipt.action, g->action, sizeof(m.receipt.action));
    (void)station_send(r->s, ROLE_CONTAIN, &m); /* contain asks again when it is back */
    station_flush(r->s);
}

static struct rc act(struct role_state *r, const struct wire_grant *g, const struct action *a,
                     struct net_receipt *out)
{
    if (g->act == ACT_APPLY) {
        return net_block(r->net, &a->address, a->lease_s, out);
    }
    return net_release(r->net, &a->address, out);
}

static struct rc on_grant(struct role_state *r, const struct wire_grant *g)
{
    static const enum outcome outcomes[] = {[NET_EFFECTIVE] = OUTCOME_EFFECTIVE,
                                            [NET_INEFFECTIVE] = OUTCOME_INEFFECTIVE,
                                            [NET_UNKNOWN] = OUTCOME_UNKNOWN};
    struct action a;
    struct net_receipt n = {0};
    AUTO_BUF detail = BUF_WITH_CAP(ACTION_MAX_DETAIL_BYTES);
    enum grant_fault fault = grant_verify(r->verifier, g, clock_wall(), &a);
    if (fault != GRANT_GOOD) {
        warn(r, "contain-net.grant", grant_fault_text(fault).p);
        if (grant_fault_is_hostile(fault)) {
            return rc_make(ERR_MALFORMED);
        }
        answer(r, g, OUTCOME_UNKNOWN, 0, grant_fault_text(fault));
        return RC_OK;
    }
    struct rc rc = act(r, g, &a, &n);
    if (rc_failed(rc)) {
        buf_puts(&detail, "nothing was changed: ");
        buf_puts(&detail, rc_text(rc));
        answer(r, g, OUTCOME_UNKNOWN, 0, buf_str(&detail));
        return RC_OK;
    }
    put_receipt(&detail, (enum act)g->act, &n);
    answer(r, g, outcomes[n.verdict], n.left_ms, buf_str(&detail));
    return RC_OK;
}

static struct rc on_never(struct role_state *r, const struct wire_never *n)
{
    uint32_t lifted = 0;
    if (n->count > NET_NEVER_MAX || n->addresses.n != (size_t)n->count * IPADDR_WIRE_BYTES) {
        return rc_make(ERR_MALFORMED);
    }
    AUTO_HEAP struct ipaddr *list = heap_zalloc(n->count == 0 ? 1 : n->count, sizeof(*list));
    for (uint32_t i = 0; i < n->count; i++) {
        if (!ipaddr_get(n->addresses.p + (size_t)i * IPADDR_WIRE_BYTES, &list[i])) {
            return rc_make(ERR_MALFORMED);
        }
    }
    struct rc rc = net_never_set(r->net, list, n->count, &lifted);
    if (rc_failed(rc)) {
        /* until it is loaded nothing is blocked, which is the safe side */
        warn(r, "contain-net.never", rc_text(rc));
    } else if (lifted > 0) {
        warn(r, "contain-net.never",
             "blocks were lifted that the never-contain list now holds");
    }
    return RC_OK;
}

static struct rc on_witness(struct role_state *r, const struct wire_witness *w)
{
    bool seen = false;
    struct rc rc = net_witness(r->net, &w->address, 0, &seen);
    if (rc_failed(rc)) {
        warn(r, "contain-net.witness", rc_text(rc));
    }
    struct wire_message m = {
        .type = WIRE_WITNESSED,
        .witnessed = {.question = w->question, .seen = !rc_failed(rc) && seen ? 1 : 0}};
    (void)station_send(r->s, ROLE_CONTAIN, &m);
    station_flush(r->s);
    return RC_OK;
}

static struct rc on_message(void *context, enum role peer, uint64_t connection,
                            const struct wire_message *m)
{
    struct role_state *r = context;
    (void)peer;
    (void)connection;
    if (m->type == WIRE_GRANT) {
        return on_grant(r, &m->grant);
    }
    if (m->type == WIRE_NEVER) {
        return on_never(r, &m->never);
    }
    return m->type == WIRE_WITNESS ? on_witness(r, &m->witness) : rc_make(ERR_MALFORMED);
}

int main(void)
{
    struct role_state r = {.netlink = -1,
                           .limits = {NET_ADDRESSES_PER_10_MIN, NET_PREFIXES_PER_HOUR}};
    const struct station_handlers handlers = {.option = on_option,
                                              .file = on_file,
                                              .prepare = on_prepare,
                                              .attached = on_attached,
                                              .message = on_message};
    int status = station_main(ROLE_CONTAIN_NET, &handlers, &r, &r.s);
    if (r.net != NULL) {
        net_close(r.net);
    }
    grant_verifier_close(r.verifier);
    return status;
}
