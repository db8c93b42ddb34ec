/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/link.h"

#include "base/cursor.h"
#include "guard/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ENTRY_HEAD_BYTES = 8 };

/*
 * Two builds understand each other when their tables of messages are the same: the digest is
 * that of wire.def as the compiler read it.
 */
#define TEXT_OF(x)        #x
#define TEXT(x)           TEXT_OF(x)
#define FIELD(type, name) #type " " #name ","
#define MESSAGE(identifier, name, from, to, cap_bytes, meaning)                                \
#name "(" TEXT(from) ">" TEXT(to) ":" #cap_bytes ")" FIELDS_##name(FIELD) ";"
#define R(role) role
static const char build_text[] =
#include "model/wire.def"
    ;
#undef R

void link_hello(enum role self, struct wire_message *out)
{
    *out = (struct wire_message){.type = WIRE_HELLO,
                                 .hello = {.protocol = WIRE_PROTOCOL, .role = (uint8_t)self}};
    hash_sha256(bytes_of((struct str){build_text, sizeof(build_text) - 1}), out->hello.build);
}

void link_open(struct link *l, int fd, enum role self, enum role peer)
{
    *l = (struct link){
        .fd = fd, .self = self, .peer = peer, .queue = BUF_WITH_CAP(LINK_QUEUE_BYTES)};
    struct wire_message hello;
    link_hello(self, &hello);
    link_send(l, &hello, -1);
}

/* The entry at the head, without taking it. */
static struct bytes first_entry(const struct link *l, int *out_fd)
{
    struct cursor c = cursor_of(bytes_of(str_from(buf_str(&l->queue), l->head)));
    uint32_t n = cursor_u32(&c);
    *out_fd = (int)(int32_t)cursor_u32(&c);
    struct bytes frame = cursor_take(&c, n);
    check(!c.fault);
    return frame;
}

static void drop_first(struct link *l)
{
    int fd;
    struct bytes frame = first_entry(l, &fd);
    if (fd >= 0) {
        close(fd);
    }
    l->head += ENTRY_HEAD_BYTES + frame.n;
    if (l->head == l->queue.n) {
        buf_clear(&l->queue);
        l->head = 0;
    } else if (l->head > l->queue.n / 2) {
        l->queue.n -= l->head;
        memmove(l->queue.p, l->queue.p + l->head, l->queue.n);
        l->head = 0;
    }
}

static void drop_queue(struct link *l)
{
    while (l->head < l->queue.n) {
        drop_first(l);
    }
}

void link_close(struct link *l)
{
    if (l->fd >= 0) {
        close(l->fd);
    }
    drop_queue(l);
    buf_free(&l->queue);
    *l = LINK_NONE;
}

size_t link_waiting_bytes(const struct link *l)
{
    return l->queue.n - l->head;
}

bool link_flush(struct link *l)
{
    while (!l->broken && link_waiting_bytes(l) > 0) {
        int fd;
        struct bytes frame = first_entry(l, &fd);
        struct rc rc = channel_send_now(l->fd, frame, fd);
        /* ETOOMANYREFS: too many descriptors under way to it; it takes some and we go on */
        if (rc.sys == EAGAIN || rc.sys == ENOBUFS || rc.sys == ETOOMANYREFS) {
            return false;
        }
        if (rc_failed(rc)) {
            l->broken = true;
            break;
        }
        drop_first(l);
    }
    if (l->broken) {
        drop_queue(l);
    }
    return true;
}

static void put_entry(struct link *l, const struct wire_message *m, int pass_fd)
{
    size_t start = l->queue.n;
    buf_le(&l->queue, 0, 4);
    buf_le(&l->queue, (uint32_t)pass_fd, 4);
    wire_encode(&l->queue, m);
    check(!l->queue.full);
    uint32_t n = (uint32_t)(l->queue.n - start - ENTRY_HEAD_BYTES);
    for (unsigned i = 0; i < 4; i++) {
        l->queue.p[start + i] = (char)(n >> (8 * i) & 0xff);
    }
}

bool link_send(struct link *l, const struct wire_message *m, int pass_fd)
{
    check(wire_permitted(m->type, l->self, l->peer));
    if (l->fd < 0 || l->broken) {
        if (pass_fd >= 0) {
            close(pass_fd);
        }
        return false;
    }
    bool first = link_waiting_bytes(l) == 0;
    put_entry(l, m, pass_fd);
    if (first) {
        link_flush(l);
    }
    return !l->broken;
}

/* A frame of no bytes looks like the end: it is the end only when the other side is closed. */
static bool is_closed(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0;
}

bool link_is_closed(const struct link *l)
{
    uint8_t byte;
    bool left = recv(l->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    return !left && is_closed(l->fd);
}

static struct rc check_hello(struct link *l, const struct wire_hello *h)
{
    struct wire_message ours;
    link_hello(l->self, &ours);
    if (l->greeted || h->role != (uint8_t)l->peer) {
        return rc_make(ERR_MALFORMED);
    }
    /* a person's program may be of another build: the protocol's number speaks for it */
    bool same_build = memcmp(h->build, ours.hello.build, sizeof(h->build)) == 0;
    bool person = l->peer == ROLE_CONSOLE || l->self == ROLE_CONSOLE;
    if (h->protocol != WIRE_PROTOCOL || (!same_build && !person)) {
        return rc_make(ERR_UNSUPPORTED);
    }
    l->greeted = true;
    return RC_OK;
}

/* What a frame says, with HELLO in its place and a descriptor where one belongs. */
static struct rc judge(struct link *l, struct bytes frame, bool has_fd,
                       struct wire_message *out, enum link_got *got)
{
    struct wire_message m;
    TRY(wire_decode(frame, l->peer, l->self, &m));
    if (has_fd != wire_carries_fd(m.type)) {
        return rc_make(ERR_MALFORMED);
    }
    if (m.type == WIRE_HELLO) {
        TRY(check_hello(l, &m.hello));
        *got = LINK_GREETED;
        return RC_OK;
    }
    if (!l->greeted) {
        return rc_make(ERR_MALFORMED);
    }
    *out = m;
    *got = LINK_MESSAGE;
    return RC_OK;
}

struct rc link_receive(struct link *l, uint8_t *room, struct wire_message *out, int *out_fd,
                       enum link_got *got)
{
    size_t n = 0;
    int fd = -1;
    struct rc rc = channel_receive_now(l->fd, room, &n, &fd);
    if (rc.sys ==
        ECONNRESET) { /* once, when it left something unread: its own is still there */
        rc = channel_receive_now(l->fd, room, &n, &fd);
    }
    *out_fd = -1;
    if (rc.sys == EAGAIN) {
        *got = LINK_NOTHING;
        return RC_OK;
    }
    if (rc.code == ERR_SYSTEM || (!rc_failed(rc) && n == 0 && is_closed(l->fd))) {
        if (fd >= 0) {
            close(fd);
        }
        *got = LINK_GONE;
        return RC_OK;
    }
    if (!rc_failed(rc)) {
        rc = judge(l, (struct bytes){room, n}, fd >= 0, out, got);
    }
    if (rc_failed(rc) && fd >= 0) {
        close(fd);
        fd = -1;
    }
    *out_fd = fd;
    return rc;
}
