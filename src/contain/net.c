/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net.h"

#include "contain/net_budget.h"
#include "contain/net_cut_io.h"
#include "contain/net_host_io.h"
#include "contain/net_link_io.h"

#include <errno.h>

enum {
    TRIES = 5, /* of a dump that another process's change of rules interrupts */
    LIFTS_PER_BATCH = 512,
};

#define TEN_MINUTES_NS UINT64_C(600000000000)
#define HOUR_NS        UINT64_C(3600000000000)

struct net {
    struct net_link nft, read;
    struct net_host host;
    struct net_batch b;
    struct net_cut cut;
    struct net_budget addresses, prefixes;
    /* index: enum ipaddr_family. never: as told; guard: never and the host's own, merged */
    struct net_range_vec never[3], guard[3];
    struct net_bans bans; /* reused */
    bool owned, adopted, never_told;
    bool guard_stale; /* the kernel has not been told the newest guard */
};

static const enum ipaddr_family families[] = {IPADDR_V4, IPADDR_V6};

/* Ask on link l what `b` holds, again when it was interrupted. take must bear repetition. */
struct question {
    void (*write)(struct net *n, const void *what);
    const void *what;
    void (*forget)(void *context); /* before each try; may be NULL */
    struct net_sink sink;
};

static struct rc ask(struct net *n, struct net_link *l, const struct question *q)
{
    struct rc rc = RC_OK;
    for (int i = 0; i < TRIES; i++) {
        if (q->forget != NULL) {
            q->forget(q->sink.context);
        }
        net_link_io_start(l, &n->b);
        q->write(n, q->what);
        rc = net_link_io_talk(l, &n->b, q->sink);
        if (!rc_failed(rc) || rc.sys != EINTR) {
            return rc;
        }
    }
    return rc;
}

/* What stands in n->b, to the kernel's rules. */
static struct rc act(struct net *n)
{
    return net_link_io_talk(&n->nft, &n->b, (struct net_sink){0});
}

static void merge_guard(struct net *n, enum ipaddr_family family)
{
    struct net_range_vec *guard = &n->guard[family];
    guard->n = 0;
    for (size_t i = 0; i < n->never[family].n; i++) {
        vec_push(guard, n->never[family].p[i]);
    }
    for (size_t i = 0; i < n->host.facts.n; i++) {
        const struct net_fact *fact = &n->host.facts.p[i];
        if (fact->addr.family == family && fact->kind != NET_FACT_ONLINK) {
            vec_push(guard, net_range_of(&fact->addr));
        }
    }
    net_range_merge(guard, family);
}

/* The kernel lets pass what we would refuse: it holds even when this process does not. */
static struct rc push_guard(struct net *n)
{
    net_link_io_start(&n->nft, &n->b);
    net_batch_begin(&n->b);
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        merge_guard(n, families[i]);
        net_table_never(&n->b, families[i], &n->guard[families[i]]);
    }
    net_batch_end(&n->b);
    TRY(act(n));
    n->guard_stale = false;
    return RC_OK;
}

static struct rc refresh_host(struct net *n)
{
    bool changed = false;
    TRY(net_host_io_refresh(&n->host, &changed));
    n->guard_stale = n->guard_stale || changed;
    return n->guard_stale ? push_guard(n) : RC_OK;
}

/* Opening. */

struct table_search {
    uint64_t layout;
    struct net_found found;
};

static void write_tables(struct net *n, const void *what)
{
    (void)what;
    net_skeleton_ask_tables(&n->b);
}

static struct rc take_table(void *context, const struct nlmsghdr *m)
{
    struct table_search *s = context;
    return net_skeleton_read_table(m, s->layout, &s->found);
}

static void forget_table(void *context)
{
    struct table_search *s = context;
    s->found = (struct net_found){0};
}

static struct rc make_table(struct net *n, unsigned how)
{
    net_skeleton_build(&n->b, n->nft.seq, how);
    return act(n);
}

/* EINVAL and EOPNOTSUPP: a kernel before 5.12, which does not know the flag. */
static struct rc make_owned_table(struct net *n, unsigned how)
{
    struct rc rc = make_table(n, how | NET_SKELETON_OWNED);
    n->owned = !rc_failed(rc);
    if (rc.sys == EINVAL || rc.sys == EOPNOTSUPP) {
        return make_table(n, how);
    }
    return rc;
}

static void write_dump(struct net *n, const void *what)
{
    net_table_dump(&n->b, what);
}

static struct rc take_edge_v4(void *context, const struct nlmsghdr *m)
{
    return net_table_read_edges(m, IPADDR_V4, context);
}

static struct rc take_edge_v6(void *context, const struct nlmsghdr *m)
{
    return net_table_read_edges(m, IPADDR_V6, context);
}

static void forget_edges(void *context)
{
    struct net_edges *edges = context;
    edges->n = 0;
}

/* The never list of the process before us counts until we are told one. */
static struct rc adopt_never(struct net *n)
{
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        struct net_edges edges = {0};
        bool v4 = families[i] == IPADDR_V4;
        struct question q = {write_dump,
                             net_table_never_name(families[i]),
                             forget_edges,
                             {v4 ? take_edge_v4 : take_edge_v6, &edges}};
        struct rc rc = ask(n, &n->read, &q);
        net_table_ranges(&edges, families[i], &n->never[families[i]]);
        vec_free(&edges);
        TRY(rc);
    }
    n->never_told = true;
    return RC_OK;
}

/* Blocks made lately have used the budget up, whatever happened to the process that made them.
 */
static struct rc adopt_budget(struct net *n)
{
    struct instant now = clock_now();
    TRY(net_list(n, &n->bans));
    for (size_t i = 0; i < n->bans.n; i++) {
        const struct net_ban *ban = &n->bans.p[i];
        struct net_budget *b = ipaddr_is_single(&ban->addr) ? &n->addresses : &n->prefixes;
        uint64_t age_ms = ban->lease_ms > ban->left_ms ? ban->lease_ms - ban->left_ms : 0;
        if (age_ms < b->window_ns / 1000000) {
            net_budget_take(b, now);
        }
    }
    return RC_OK;
}

static struct rc set_up_table(struct net *n)
{
    struct table_search s = {.layout = net_skeleton_layout(&n->b)};
    struct question q = {write_tables, NULL, forget_table, {take_table, &s}};
    TRY(ask(n, &n->read, &q));
    if (s.found.owner_port != 0 && s.found.owner_port != n->nft.port) {
        return (struct rc){.code = ERR_SYSTEM, .sys = EBUSY};
    }
    if (s.found.ours && s.found.owner_port != 0) {
        n->owned = n->adopted = true;
        TRY(adopt_never(n));
        return adopt_budget(n);
    }
    /* A table that nobody owns may have been changed by anybody: made anew. */
    return make_owned_table(n, s.found.exists ? NET_SKELETON_REPLACE : 0);
}

static struct rc set_up(struct net *n)
{
    TRY(net_link_io_open(NETLINK_NETFILTER, 0, &n->read));
    TRY(net_cut_io_open(&n->cut));
    TRY(net_host_io_open(&n->host));
    TRY(set_up_table(n));
    return push_guard(n);
}

struct rc net_open(int nft_socket, const struct net_limits *limits, struct net **out)
{
    static const struct net_limits usual = {NET_ADDRESSES_PER_10_MIN, NET_PREFIXES_PER_HOUR};
    struct net_link nft;
    TRY(net_link_io_adopt(nft_socket, NETLINK_NETFILTER, &nft));
    struct net *n = heap_zalloc(1, sizeof(*n));
    const struct net_limits *use = limits == NULL ? &usual : limits;
    n->nft = nft;
    n->addresses = net_budget_make(use->addresses, TEN_MINUTES_NS);
    n->prefixes = net_budget_make(use->prefixes, HOUR_NS);
    net_batch_open(&n->b);
    struct rc rc = set_up(n);
    if (rc_failed(rc)) {
        n->nft.port = 0; /* the descriptor stays the caller's */
        net_close(n);
        return rc;
    }
    *out = n;
    return RC_OK;
}

void net_close(struct net *n)
{
    if (n == NULL) {
        return;
    }
    net_link_io_close(&n->nft);
    net_link_io_close(&n->read);
    net_host_io_close(&n->host);
    net_cut_io_close(&n->cut);
    net_batch_free(&n->b);
    for (size_t i = 0; i < COUNT_OF(n->never); i++) {
        vec_free(&n->never[i]);
        vec_free(&n->guard[i]);
    }
    vec_free(&n->bans);
    heap_free(n);
}

enum net_owner net_owned(const struct net *n)
{
    return n->owned ? NET_OWNER_US : NET_OWNER_NOBODY;
}

bool net_adopted(const struct net *n)
{
    return n->adopted;
}

/* Reading what is there. */

static struct rc take_ban(void *context, const struct nlmsghdr *m)
{
    return net_table_read_bans(m, context);
}

/* A set's elements come after those of the sets before it, which a second try must keep. */
static struct rc list_set(struct net *n, const struct net_set *set, struct net_bans *out)
{
    size_t before = out->n;
    struct rc rc = RC_OK;
    for (int i = 0; i < TRIES; i++) {
        out->n = before;
        net_link_io_start(&n->read, &n->b);
        net_table_dump(&n->b, set->name);
        rc = net_link_io_talk(&n->read, &n->b, (struct net_sink){take_ban, out});
        if (!rc_failed(rc) || rc.sys != EINTR) {
            return rc;
        }
    }
    return rc;
}

struct rc net_list(struct net *n, struct net_bans *out)
{
    out->n = 0;
    for (size_t i = 0; i < NET_TABLE_SETS; i++) {
        TRY(list_set(n, &net_table_sets[i], out));
    }
    return RC_OK;
}

/* One element; *out_there false when the kernel has none. */
static struct rc get(struct net *n, const struct ipaddr *a, struct net_ban *out,
                     bool *out_there)
{
    struct net_bans *bans = &n->bans;
    bans->n = 0;
    net_link_io_start(&n->read, &n->b);
    net_table_get(&n->b, a);
    struct rc rc = net_link_io_talk(&n->read, &n->b, (struct net_sink){take_ban, bans});
    if (rc_failed(rc) && rc.sys != ENOENT) {
        return rc;
    }
    *out_there = !rc_failed(rc) && bans->n > 0 && ipaddr_eq(&bans->p[0].addr, a);
    if (*out_there) {
        *out = bans->p[0];
    }
    return RC_OK;
}

static void write_rules(struct net *n, const void *what)
{
    (void)what;
    net_skeleton_ask_rules(&n->b);
}

static struct rc take_rule(void *context, const struct nlmsghdr *m)
{
    return net_skeleton_read_rule(m, context);
}

static void forget_counts(void *context)
{
    struct net_counts *counts = context;
    *counts = (struct net_counts){0};
}

struct rc net_counters(struct net *n, struct net_counts *out)
{
    struct net_counts counts;
    struct question q = {write_rules, NULL, forget_counts, {take_rule, &counts}};
    TRY(ask(n, &n->read, &q));
    *out = counts;
    return RC_OK;
}

struct rc net_witness(struct net *n, const struct ipaddr *a, uint16_t port, bool *out_seen)
{
    if (!net_policy_well_formed(a)) {
        return rc_make(ERR_MALFORMED);
    }
    return net_cut_io_witness(&n->cut, a, port, out_seen);
}

/* The never list. */

static struct rc lift(struct net *n, const struct ipaddr *list, size_t count, uint32_t *lifted)
{
    net_link_io_start(&n->nft, &n->b);
    net_batch_begin(&n->b);
    for (size_t i = 0; i < count; i++) {
        net_table_delete(&n->b, &list[i]);
    }
    net_batch_end(&n->b);
    TRY(act(n));
    *lifted += (uint32_t)count;
    return RC_OK;
}

/* A lease that ends between reading and deleting fails the batch: then one by one. */
static struct rc lift_each(struct net *n, const struct ipaddr *list, size_t count,
                           uint32_t *lifted)
{
    struct rc rc = lift(n, list, count, lifted);
    if (rc.sys != ENOENT) {
        return rc;
    }
    for (size_t i = 0; i < count; i++) {
        rc = lift(n, &list[i], 1, lifted);
        if (rc_failed(rc) && rc.sys != ENOENT) {
            return rc;
        }
    }
    return RC_OK;
}

static struct rc lift_guarded(struct net *n, uint32_t *lifted)
{
    struct ipaddr list[LIFTS_PER_BATCH];
    size_t count = 0;
    TRY(net_list(n, &n->bans));
    for (size_t i = 0; i < n->bans.n; i++) {
        const struct ipaddr *a = &n->bans.p[i].addr;
        struct net_range r = net_range_of(a);
        if (net_range_hits(&n->guard[a->family], &r)) {
            list[count++] = *a;
        }
        if (count == COUNT_OF(list)) {
            TRY(lift_each(n, list, count, lifted));
            count = 0;
        }
    }
    return count == 0 ? RC_OK : lift_each(n, list, count, lifted);
}

struct rc net_never_set(struct net *n, const struct ipaddr *list, size_t count,
                        uint32_t *out_lifted)
{
    struct net_range_vec fresh[3] = {0};
    uint32_t lifted = 0;
    if (count > NET_NEVER_MAX) {
        return rc_make(ERR_TOO_MANY);
    }
    for (size_t i = 0; i < count; i++) {
        if (!net_policy_well_formed(&list[i])) {
            vec_free(&fresh[IPADDR_V4]);
            vec_free(&fresh[IPADDR_V6]);
            return rc_at(ERR_MALFORMED, i);
        }
        vec_push(&fresh[list[i].family], net_range_of(&list[i]));
    }
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        vec_free(&n->never[families[i]]);
        n->never[families[i]] = fresh[families[i]];
        net_range_merge(&n->never[families[i]], families[i]);
    }
    n->guard_stale = true;
    TRY(push_guard(n));
    n->never_told = true;
    TRY(lift_guarded(n, &lifted));
    if (out_lifted != NULL) {
        *out_lifted = lifted;
    }
    return RC_OK;
}

/* Blocking. */

static enum net_reason refuse(struct net *n, const struct ipaddr *a, uint32_t lease_s)
{
    enum net_reason reason = net_policy_request(a, lease_s);
    if (reason != NET_DONE) {
        return reason;
    }
    if (!n->never_told) {
        return NET_NO_NEVER;
    }
    struct net_range r = net_range_of(a);
    reason = net_policy_local(a, &n->host.facts);
    return net_range_hits(&n->never[a->family], &r) ? NET_NEVER : reason;
}

static struct rc take_flowtable(void *context, const struct nlmsghdr *m)
{
    bool *found = context;
    *found = *found || net_skeleton_is_flowtable(m);
    return RC_OK;
}

static void write_flowtables(struct net *n, const void *what)
{
    (void)what;
    net_skeleton_ask_flowtables(&n->b);
}

/* A kernel that has none says so with an error, which is as good as an empty list. */
static bool has_flowtables(struct net *n)
{
    bool found = false;
    struct question q = {write_flowtables, NULL, NULL, {take_flowtable, &found}};
    rc_ignore(ask(n, &n->read, &q), "no flowtables in this kernel");
    return found;
}

static void end_flows(struct net *n, const struct ipaddr *a, struct net_receipt *out)
{
    struct net_cut_count flows = net_cut_io_flows(&n->cut, a);
    struct net_cut_count sockets = net_cut_io_sockets(&n->cut, a);
    out->flows_read = flows.read;
    out->flows_ended = flows.ended;
    out->flows_failed = flows.failed;
    out->sockets_read = sockets.read;
    out->sockets_ended = sockets.ended;
    out->sockets_failed = sockets.failed;
}

static void judge(struct net *n, const struct ipaddr *a, struct net_receipt *out)
{
    struct net_ban ban = {0};
    bool there = false;
    struct rc rc = get(n, a, &ban, &there);
    out->left_ms = ban.left_ms;
    out->dropped_packets = ban.packets;
    if (rc_failed(rc)) {
        out->verdict = NET_UNKNOWN;
        out->reason = NET_NOT_READ;
    } else if (!there || ban.left_ms == 0) {
        out->verdict = NET_INEFFECTIVE;
        out->reason = NET_ABSENT;
    } else if (has_flowtables(n)) {
        out->verdict = NET_UNKNOWN;
        out->reason = NET_FLOWTABLE;
    } else {
        out->verdict = NET_EFFECTIVE;
        out->reason = NET_DONE;
    }
}

static void write_refusal(enum net_reason reason, struct net_receipt *out)
{
    *out = (struct net_receipt){.verdict = NET_INEFFECTIVE, .reason = reason};
}

struct rc net_block(struct net *n, const struct ipaddr *a, uint32_t lease_s,
                    struct net_receipt *out)
{
    struct net_receipt receipt = {.verdict = NET_UNKNOWN};
    struct net_ban before;
    TRY(refresh_host(n));
    enum net_reason reason = refuse(n, a, lease_s);
    if (reason != NET_DONE) {
        write_refusal(reason, out);
        return RC_OK;
    }
    TRY(get(n, a, &before, &receipt.renewed));
    struct net_budget *budget = ipaddr_is_single(a) ? &n->addresses : &n->prefixes;
    struct instant now = clock_now();
    if (!receipt.renewed && !net_budget_allows(budget, now)) {
        write_refusal(NET_BUDGET, out);
        return RC_OK;
    }
    net_link_io_start(&n->nft, &n->b);
    net_table_block(&n->b, a, UINT64_C(1000) * lease_s);
    struct rc rc = act(n);
    if (rc.sys == ENFILE) {
        write_refusal(NET_SET_FULL, out);
        return RC_OK;
    }
    /* An ACK that was lost says nothing; what is read back does. */
    bool unsure = rc.sys == ENODATA || rc.sys == ENOBUFS;
    TRY(unsure ? RC_OK : rc);
    if (!receipt.renewed) {
        net_budget_take(budget, now);
    }
    end_flows(n, a, &receipt);
    judge(n, a, &receipt);
    *out = receipt;
    return RC_OK;
}

/* Is a wider prefix of it blocked? */
static struct rc find_cover(struct net *n, const struct ipaddr *a, bool *out)
{
    bool covered = false;
    for (size_t i = 0; i < NET_TABLE_SETS && !covered; i++) {
        struct ipaddr wider = *a;
        struct net_ban ban;
        if (net_table_sets[i].family != a->family ||
            net_table_sets[i].prefix_bits >= a->prefix_bits) {
            continue;
        }
        wider.prefix_bits = net_table_sets[i].prefix_bits;
        struct net_range r = net_range_of(&wider);
        memcpy(wider.bytes, r.lo, sizeof(wider.bytes));
        TRY(get(n, &wider, &ban, &covered));
    }
    *out = covered;
    return RC_OK;
}

struct rc net_release(struct net *n, const struct ipaddr *a, struct net_receipt *out)
{
    struct net_receipt receipt = {.verdict = NET_EFFECTIVE};
    struct net_ban ban = {0};
    bool there = false, covered = false;
    uint32_t lifted = 0;
    if (!net_policy_well_formed(a) || net_table_set_for(a) == NULL) {
        write_refusal(net_policy_well_formed(a) ? NET_LENGTH : NET_MALFORMED, out);
        return RC_OK;
    }
    TRY(lift_each(n, a, 1, &lifted));
    TRY(get(n, a, &ban, &there));
    TRY(find_cover(n, a, &covered));
    if (there || covered) {
        receipt.verdict = NET_INEFFECTIVE;
        receipt.reason = there ? NET_STILL_THERE : NET_COVERED;
    }
    receipt.renewed = lifted > 0;
    *out = receipt;
    return RC_OK;
}
