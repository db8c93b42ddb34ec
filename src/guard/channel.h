/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * channel - frames between two of our processes: a SOCK_SEQPACKET pair, so that a frame comes
 * whole or not at all, with at most one descriptor beside it. What a frame says is the
 * business of the two ends; a receiver trusts nothing in it.
 */
#ifndef GUARD_CHANNEL_H
#define GUARD_CHANNEL_H

#include "base/rc.h"
#include "base/str.h"

/* 64 KiB: half of what a default socket passes. Measured faster than passing memfds. */
enum { CHANNEL_FRAME_BYTES = 65536 };

MUST_USE struct rc channel_pair(int out_fds[static 2]);

/*
 * channel_send - send one frame and, unless pass_fd is -1, a copy of that descriptor.
 *
 * Waits while the other end's buffer is full.
 * fails  SYSTEM (EPIPE: the other end is gone); TOO_LONG above CHANNEL_FRAME_BYTES
 */
MUST_USE struct rc channel_send(int channel, struct bytes frame, int pass_fd);

/* The same without waiting: SYSTEM with EAGAIN when the other end's buffer is full. */
MUST_USE struct rc channel_send_now(int channel, struct bytes frame, int pass_fd);

/*
 * channel_can_send - would channel_send return at once? Not when the other end does not read
 * what it was sent: whoever cannot wait for it asks first.
 */
bool channel_can_send(int channel);

/*
 * channel_receive - wait for one frame.
 *
 * room    at least CHANNEL_FRAME_BYTES
 * out_n   0 when the other end is gone: frames are never empty
 * out_fd  the descriptor that came along, owned by the caller, or -1
 * fails   TOO_LONG: a longer frame (cut, useless); MALFORMED: more than one descriptor; SYSTEM
 */
MUST_USE struct rc channel_receive(int channel, uint8_t *room, size_t *out_n, int *out_fd);

/* The same without waiting: SYSTEM with EAGAIN when there is nothing. */
MUST_USE struct rc channel_receive_now(int channel, uint8_t *room, size_t *out_n, int *out_fd);

#endif
