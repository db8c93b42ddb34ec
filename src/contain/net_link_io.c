/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contain/net_link_io.h"

#include "base/clock.h"
#include "base/heap.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /* One transaction of 512 KiB, counted twice as the kernel counts its own overhead. */
    SEND_BYTES = 2 * NET_BATCH_BYTES,
    /* Room for the ACKs of one batch and for bursts of news. */
    RECEIVE_BYTES = 1 << 20,
    /* Portions of news read at once; more means that news comes as fast as it is read. */
    NEWS_MAX = 4096,
};

static struct rc settings(int fd)
{
    int send = SEND_BYTES, receive = RECEIVE_BYTES, on = 1;
    /* The first two need CAP_NET_ADMIN and are a comfort: large batches, long bursts. */
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send, sizeof(send)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof(receive)) < 0) {
        return rc_errno();
    }
    /* Errors without a copy of what they are about. */
    return setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) < 0 ? rc_errno()
                                                                             : RC_OK;
}

static struct rc find_port(int fd, uint32_t *out)
{
    struct sockaddr_nl self = {0};
    socklen_t n = sizeof(self);
    if (getsockname(fd, (struct sockaddr *)&self, &n) < 0) {
        return rc_errno();
    }
    if (n != sizeof(self) || self.nl_family != AF_NETLINK) {
        return rc_make(ERR_TYPE);
    }
    *out = self.nl_pid;
    return RC_OK;
}

/* Bound (again, which changes nothing), set up; a seq that no earlier owner used just now. */
static struct rc prepare(struct net_link *l, uint32_t groups)
{
    struct sockaddr_nl self = {.nl_family = AF_NETLINK, .nl_groups = groups};
    TRY(find_port(l->fd, &l->port));
    if (l->port == 0) {
        if (bind(l->fd, (const struct sockaddr *)&self, sizeof(self)) < 0) {
            return rc_errno();
        }
        TRY(find_port(l->fd, &l->port));
    }
    TRY(settings(l->fd));
    l->seq = (uint32_t)(clock_now().ns >> 10);
    l->in = heap_alloc(NET_LINK_IO_BYTES);
    return RC_OK;
}

struct rc net_link_io_open(int protocol, uint32_t groups, struct net_link *out)
{
    struct net_link l = {.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol)};
    if (l.fd < 0) {
        return rc_errno();
    }
    struct rc rc = prepare(&l, groups);
    if (rc_failed(rc)) {
        close(l.fd);
        return rc;
    }
    *out = l;
    return RC_OK;
}

struct rc net_link_io_adopt(int fd, int protocol, struct net_link *out)
{
    struct net_link l = {.fd = fd};
    int domain = 0, found = 0;
    socklen_t n = sizeof(domain);
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &found, &n) < 0) {
        return rc_errno();
    }
    if (domain != AF_NETLINK || found != protocol) {
        return rc_make(ERR_TYPE);
    }
    TRY(prepare(&l, 0));
    (void)net_link_io_news(&l);
    *out = l;
    return RC_OK;
}

void net_link_io_close(struct net_link *l)
{
    if (l->port != 0) {
        close(l->fd);
    }
    heap_free(l->in);
    *l = (struct net_link){.fd = -1};
}

void net_link_io_start(const struct net_link *l, struct net_batch *b)
{
    net_batch_start(b, l->seq);
}

/* A portion of messages from the kernel. *out_n 0: there is none; a stranger's is dropped. */
static struct rc receive(struct net_link *l, size_t *out_n)
{
    struct sockaddr_nl from = {0};
    struct iovec room = {l->in, NET_LINK_IO_BYTES};
    struct msghdr h = {
        .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &room, .msg_iovlen = 1};
    for (;;) {
        ssize_t n = recvmsg(l->fd, &h, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno != EAGAIN) {
            return rc_errno();
        }
        if (n >= 0 && (h.msg_flags & MSG_TRUNC) != 0) {
            return rc_make(ERR_TOO_LONG);
        }
        if (n <= 0 || from.nl_pid == 0) {
            *out_n = n < 0 ? 0 : (size_t)n;
            return RC_OK;
        }
    }
}

struct talk {
    const struct net_batch *b;
    struct net_sink sink;
    struct rc rc; /* the first failure */
    uint32_t acked;
    bool done, interrupted;
};

static void fail(struct talk *t, struct rc rc)
{
    if (!rc_failed(t->rc)) {
        t->rc = rc;
    }
}

/* What NLMSG_ERROR and NLMSG_DONE begin with: 0 or a negative errno. */
static int32_t status_of(const struct nlmsghdr *m)
{
    int32_t status = -EBADMSG;
    if (mnl_nlmsg_get_payload_len(m) >= sizeof(status)) {
        memcpy(&status, mnl_nlmsg_get_payload(m), sizeof(status));
    } else if (m->nlmsg_type == NLMSG_DONE) {
        status = 0;
    }
    return status;
}

static void take_status(struct talk *t, const struct nlmsghdr *m, uint32_t number)
{
    int32_t status = status_of(m);
    if (status != 0) {
        fail(t, (struct rc){.code = ERR_SYSTEM, .sys = (uint16_t)-status, .at = number});
    } else if (m->nlmsg_type == NLMSG_ERROR) {
        t->acked++;
    }
    /* A refused dump has no DONE. A refused batch may have more to say. */
    t->done = m->nlmsg_type == NLMSG_DONE || (t->b->acks == 0 && status != 0) ||
              (t->b->acks > 0 && t->acked == t->b->acks);
}

static void take_message(struct talk *t, const struct nlmsghdr *m)
{
    uint32_t number = m->nlmsg_seq - t->b->first;
    if (number >= t->b->count) {
        return; /* an answer to an earlier owner of this socket */
    }
    t->interrupted = t->interrupted || (m->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    if (m->nlmsg_type == NLMSG_ERROR || m->nlmsg_type == NLMSG_DONE) {
        take_status(t, m, number);
    } else if (m->nlmsg_type >= NLMSG_MIN_TYPE && t->sink.take != NULL && !rc_failed(t->rc)) {
        fail(t, t->sink.take(t->sink.context, m));
    }
}

static void take_portion(struct talk *t, const struct net_link *l, size_t n)
{
    int left = (int)n;
    const struct nlmsghdr *m = (const void *)l->in;
    while (mnl_nlmsg_ok(m, left)) {
        take_message(t, m);
        m = mnl_nlmsg_next(m, &left);
    }
}

static struct rc send_all(const struct net_link *l, const struct net_batch *b)
{
    ssize_t n;
    do {
        n = send(l->fd, b->p, b->n, 0);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? rc_errno() : RC_OK;
}

struct rc net_link_io_talk(struct net_link *l, const struct net_batch *b, struct net_sink sink)
{
    struct talk t = {.b = b, .sink = sink};
    size_t n = 1;
    l->seq = b->first + b->count;
    TRY(send_all(l, b));
    while (!t.done && n > 0) {
        struct rc rc = receive(l, &n);
        if (rc_failed(rc) && rc.sys != ENOBUFS) {
            return rc;
        }
        if (rc_failed(rc)) {
            fail(&t, rc); /* answers were lost; what remains must still be read */
            n = 1;
            continue;
        }
        take_portion(&t, l, n);
    }
    TRY(t.rc);
    if (!t.done || t.interrupted) {
        return (struct rc){.code = ERR_SYSTEM, .sys = t.interrupted ? EINTR : ENODATA};
    }
    return RC_OK;
}

bool net_link_io_news(struct net_link *l)
{
    bool news = false;
    for (int i = 0; i < NEWS_MAX; i++) {
        size_t n = 0;
        struct rc rc = receive(l, &n);
        if (!rc_failed(rc) && n == 0) {
            return news;
        }
        news = true;
    }
    return news;
}
