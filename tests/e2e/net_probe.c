/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net_probe - contain-net's library behind a line of text, for net.py. One command a line on
 * standard input, one answer a line on standard output.
 *
 * usage: net_probe SOCKET [ADDRESSES PREFIXES]; SOCKET is the descriptor of the nft socket, or
 * "new": then one is opened, and its number is in the first answer.
 */
#include "contain/net.h"
#include "contain/net_link_io.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE_BYTES = 65536, LIST_MAX = 2048, FEW_MAX = 400, SAMPLES_MAX = 10000 };

struct probe {
    struct net *net;
    int fd;
    char *rest; /* of the line */
};

static const char *word(struct probe *p)
{
    char *w = strsep(&p->rest, " ");
    return w == NULL ? "" : w;
}

static uint32_t number(struct probe *p)
{
    uint64_t v = 0;
    return str_to_u64(str_of(word(p)), &v) ? (uint32_t)v : 0;
}

static bool address(struct probe *p, struct ipaddr *out)
{
    return ipaddr_parse(str_of(word(p)), out);
}

static void say_failure(struct rc rc)
{
    printf("failed %s sys=%d at=%u\n", rc_name(rc), rc.sys, rc.at);
}

static void say_receipt(const struct net_receipt *r)
{
    static const char *const verdicts[] = {"EFFECTIVE", "INEFFECTIVE", "UNKNOWN"};
    printf(
        "%s left_ms=%llu renewed=%d flows=%u/%u/%d sockets=%u/%u/%d dropped=%llu reason=%s\n",
        verdicts[r->verdict], (unsigned long long)r->left_ms, r->renewed, r->flows_ended,
        r->flows_failed, r->flows_read, r->sockets_ended, r->sockets_failed, r->sockets_read,
        (unsigned long long)r->dropped_packets, net_policy_text(r->reason));
}

static void do_block(struct probe *p)
{
    struct ipaddr a;
    struct net_receipt receipt;
    if (!address(p, &a)) {
        puts("not an address");
        return;
    }
    struct rc rc = net_block(p->net, &a, number(p), &receipt);
    rc_failed(rc) ? say_failure(rc) : say_receipt(&receipt);
}

/* An IPv4-mapped address that no parser of ours would make. */
static void do_mapped(struct probe *p)
{
    struct ipaddr a = {IPADDR_V6, 128, {[10] = 0xff, 0xff, 192, 0, 2, 1}};
    struct net_receipt receipt;
    struct rc rc = net_block(p->net, &a, 60, &receipt);
    rc_failed(rc) ? say_failure(rc) : say_receipt(&receipt);
}

static void do_release(struct probe *p)
{
    struct ipaddr a;
    struct net_receipt receipt;
    if (!address(p, &a)) {
        puts("not an address");
        return;
    }
    struct rc rc = net_release(p->net, &a, &receipt);
    rc_failed(rc) ? say_failure(rc) : say_receipt(&receipt);
}

static void do_never(struct probe *p)
{
    struct ipaddr list[LIST_MAX];
    size_t n = 0;
    uint32_t lifted = 0;
    while (p->rest != NULL && n < LIST_MAX && address(p, &list[n])) {
        n++;
    }
    struct rc rc = net_never_set(p->net, list, n, &lifted);
    if (rc_failed(rc)) {
        say_failure(rc);
    } else {
        printf("never %zu lifted %u\n", n, lifted);
    }
}

static void do_list(struct probe *p)
{
    struct net_bans bans = {0};
    AUTO_BUF text = {0};
    struct rc rc = net_list(p->net, &bans);
    for (size_t i = 0; i < bans.n && i < FEW_MAX; i++) {
        buf_putc(&text, ' ');
        ipaddr_format(&text, &bans.p[i].addr);
        buf_printf(&text, "=%llu", (unsigned long long)bans.p[i].left_ms);
    }
    if (rc_failed(rc)) {
        say_failure(rc);
    } else {
        printf("bans %zu%.*s\n", bans.n, (int)text.n, text.n == 0 ? "" : text.p);
    }
    vec_free(&bans);
}

static void do_witness(struct probe *p)
{
    struct ipaddr a;
    bool seen = false;
    if (!address(p, &a)) {
        puts("not an address");
        return;
    }
    struct rc rc = net_witness(p->net, &a, (uint16_t)number(p), &seen);
    if (rc_failed(rc)) {
        say_failure(rc);
    } else {
        puts(seen ? "seen" : "not seen");
    }
}

static void do_counters(struct probe *p)
{
    struct net_counts c;
    struct rc rc = net_counters(p->net, &c);
    if (rc_failed(rc)) {
        say_failure(rc);
    } else {
        printf("in=%llu out=%llu forward=%llu\n", (unsigned long long)c.in_packets,
               (unsigned long long)c.out_packets, (unsigned long long)c.forward_packets);
    }
}

static struct ipaddr numbered(uint32_t base, uint32_t i)
{
    uint32_t v = base + i;
    struct ipaddr a = {IPADDR_V4, 32, {0}};
    for (size_t j = 0; j < 4; j++) {
        a.bytes[j] = (uint8_t)(v >> (24 - 8 * j));
    }
    return a;
}

/* Past every guardrail but the kernel's own: elements straight over the socket. */
static struct rc put_raw(struct net_link *l, struct net_batch *b, const struct ipaddr *a)
{
    net_link_io_start(l, b);
    net_table_block(b, a, 3600000);
    return net_link_io_talk(l, b, (struct net_sink){0});
}

static void do_raw(struct probe *p)
{
    struct net_link l;
    struct net_batch b;
    struct ipaddr first;
    uint32_t done = 0;
    if (!address(p, &first)) {
        puts("not an address");
        return;
    }
    uint32_t base = (uint32_t)first.bytes[0] << 24 | (uint32_t)first.bytes[1] << 16 |
                    (uint32_t)first.bytes[2] << 8 | first.bytes[3];
    uint32_t count = number(p), step = number(p);
    struct rc rc = net_link_io_adopt(dup(p->fd), NETLINK_NETFILTER, &l);
    check(!rc_failed(rc));
    net_batch_open(&b);
    for (; done < count && !rc_failed(rc); done++) {
        struct ipaddr a = step == 0 ? first : numbered(base, done * step);
        a.prefix_bits = first.prefix_bits;
        rc = put_raw(&l, &b, &a);
    }
    printf("raw %u sys=%d\n", done, rc.sys);
    net_link_io_close(&l);
    net_batch_free(&b);
}

static int compare_ns(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void say_times(const char *what, uint64_t *ns, size_t n)
{
    qsort(ns, n, sizeof(*ns), compare_ns);
    printf("%s n=%zu p50=%.1fus p99=%.1fus max=%.1fus ", what, n, (double)ns[n / 2] / 1e3,
           (double)ns[n * 99 / 100] / 1e3, (double)ns[n - 1] / 1e3);
}

static void do_bench(struct probe *p)
{
    static const uint32_t netlink_base = 0x0b000000, block_base = 0x0c000000;
    uint32_t count = number(p);
    struct net_link l;
    struct net_batch b;
    struct net_receipt receipt;
    check(count > 0 && count <= SAMPLES_MAX);
    uint64_t *ns = heap_zalloc(count, sizeof(*ns));
    struct rc rc = net_link_io_adopt(dup(p->fd), NETLINK_NETFILTER, &l);
    check(!rc_failed(rc));
    net_batch_open(&b);
    for (uint32_t i = 0; i < count; i++) {
        struct ipaddr a = numbered(netlink_base, i);
        uint64_t from = clock_now().ns;
        check(!rc_failed(put_raw(&l, &b, &a)));
        ns[i] = clock_now().ns - from;
    }
    say_times("batch", ns, count);
    for (uint32_t i = 0; i < count; i++) {
        struct ipaddr a = numbered(block_base, i);
        uint64_t from = clock_now().ns;
        check(!rc_failed(net_block(p->net, &a, 3600, &receipt)));
        ns[i] = clock_now().ns - from;
        check(receipt.verdict == NET_EFFECTIVE);
    }
    say_times("net_block", ns, count);
    putchar('\n');
    heap_free(ns);
    net_link_io_close(&l);
    net_batch_free(&b);
}

static const struct {
    const char *name;
    void (*run)(struct probe *p);
} commands[] = {
    {"block", do_block},       {"mapped", do_mapped}, {"release", do_release},
    {"never", do_never},       {"list", do_list},     {"witness", do_witness},
    {"counters", do_counters}, {"raw", do_raw},       {"bench", do_bench},
};

static void serve(struct probe *p)
{
    static char line[LINE_BYTES];
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = 0;
        p->rest = line;
        const char *name = word(p);
        for (size_t i = 0; i < COUNT_OF(commands); i++) {
            if (strcmp(name, commands[i].name) == 0) {
                commands[i].run(p);
            }
        }
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    struct probe p = {.fd = -1};
    struct net_limits limits;
    uint64_t fd = 0, addresses = 0, prefixes = 0;
    if (argc < 2) {
        return 2;
    }
    if (strcmp(argv[1], "new") == 0) {
        p.fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
    } else if (str_to_u64(str_of(argv[1]), &fd)) {
        p.fd = (int)fd;
    }
    bool limited = argc == 4 && str_to_u64(str_of(argv[2]), &addresses) &&
                   str_to_u64(str_of(argv[3]), &prefixes);
    limits = (struct net_limits){(uint32_t)addresses, (uint32_t)prefixes};
    struct rc rc = net_open(p.fd, limited ? &limits : NULL, &p.net);
    if (rc_failed(rc)) {
        say_failure(rc);
        return 1;
    }
    printf("open owner=%s adopted=%d\n", net_owned(p.net) == NET_OWNER_US ? "us" : "nobody",
           net_adopted(p.net));
    fflush(stdout);
    serve(&p);
    net_close(p.net);
    return 0;
}
