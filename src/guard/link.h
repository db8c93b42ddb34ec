/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link - one channel of a process: messages of wire.def over it, HELLO first and both ways,
 * a queue for what the other end does not take yet. It never waits.
 */
#ifndef GUARD_LINK_H
#define GUARD_LINK_H

#include "model/wire.h"

/* 16 MiB: credits bound what is under way to a fraction of it. */
enum { LINK_QUEUE_BYTES = 16 << 20, LINK_MESSAGE_FDS = 64 };

struct link {
    int fd; /* owned; -1: none */
    enum role self, peer;
    bool greeted; /* the other end's HELLO was right */
    bool broken;  /* it takes no more; what it sent before can still be received */
    /* frames, each a 32-bit length, a 32-bit descriptor (or -1, owned) and its bytes */
    struct buf queue;
    size_t head;         /* offset of the first frame that is not sent */
    bool polled_writing; /* for the owner: its epoll set waits for room */
};

enum link_got { LINK_NOTHING, LINK_MESSAGE, LINK_GREETED, LINK_GONE };

/* A link without a channel. */
#define LINK_NONE ((struct link){.fd = -1})

/* Takes over the descriptor and sends HELLO. */
void link_open(struct link *l, int fd, enum role self, enum role peer);
/* Closes the channel and all that waits in the queue. */
void link_close(struct link *l);

/*
 * link_send - send now, or when link_flush finds room; in order.
 *
 * pass_fd  -1, or a descriptor to go along: owned by the link, closed once it is sent
 * Returns false, and drops the message, when the link is closed or broken.
 */
bool link_send(struct link *l, const struct wire_message *m, int pass_fd);

/* Send what waits as far as the other end takes it; false: some is left. */
bool link_flush(struct link *l);
size_t link_waiting_bytes(const struct link *l);
/* The other end is closed, and nothing of it is left to receive. */
bool link_is_closed(const struct link *l);

/*
 * link_receive - the next message, if there is one.
 *
 * room    at least CHANNEL_FRAME_BYTES; *out borrows from it
 * out_fd  what came along, owned by the caller, or -1
 * got     LINK_GREETED: its HELLO came, nothing else to do; LINK_GONE: the other end is closed
 * fails   anything: the frame cannot come from an honest peer. A message before HELLO or a
 *         second HELLO is MALFORMED; HELLO of another build UNSUPPORTED
 */
MUST_USE struct rc link_receive(struct link *l, uint8_t *room, struct wire_message *out,
                                int *out_fd, enum link_got *got);

/* What this process says first. */
void link_hello(enum role self, struct wire_message *out);

#endif
