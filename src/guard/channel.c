/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for two: a sender that passes more than one is caught, not overlooked. */
enum { MAX_FDS = 2 };

struct rc channel_pair(int out_fds[static 2])
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
        return rc_errno();
    }
    out_fds[0] = fds[0];
    out_fds[1] = fds[1];
    return RC_OK;
}

static struct rc send_frame(int channel, struct bytes frame, int pass_fd, int flags)
{
    check(frame.n > 0);
    if (frame.n > CHANNEL_FRAME_BYTES) {
        return rc_at(ERR_TOO_LONG, CHANNEL_FRAME_BYTES);
    }
    struct iovec part = {(void *)(uintptr_t)frame.p, frame.n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    if (pass_fd >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof(control);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        check(head != NULL);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(head), &pass_fd, sizeof(pass_fd));
    }
    ssize_t sent;
    do {
        sent = sendmsg(channel, &message, MSG_NOSIGNAL | flags);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? rc_errno() : RC_OK;
}

struct rc channel_send(int channel, struct bytes frame, int pass_fd)
{
    return send_frame(channel, frame, pass_fd, 0);
}

struct rc channel_send_now(int channel, struct bytes frame, int pass_fd)
{
    return send_frame(channel, frame, pass_fd, MSG_DONTWAIT);
}

bool channel_can_send(int channel)
{
    /* writable means that most of the buffer is free, so that any frame fits */
    struct pollfd fd = {.fd = channel, .events = POLLOUT};
    return poll(&fd, 1, 0) == 1;
}

/* Take the descriptors out of a message; returns how many there were. */
static size_t take_fds(struct msghdr *message, int out_fds[static MAX_FDS])
{
    size_t count = 0;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL;
         head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        size_t n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n && count < MAX_FDS; i++) {
            memcpy(&out_fds[count++], CMSG_DATA(head) + i * sizeof(int), sizeof(int));
        }
    }
    return count;
}

static struct rc receive_frame(int channel, uint8_t *room, size_t *out_n, int *out_fd,
                               int flags)
{
    struct iovec part = {room, CHANNEL_FRAME_BYTES};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(MAX_FDS * sizeof(int))] = {0};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    ssize_t got;
    do {
        got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC | flags);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return rc_errno();
    }
    int fds[MAX_FDS];
    size_t count = take_fds(&message, fds);
    bool cut = (message.msg_flags & MSG_TRUNC) != 0;
    if (cut || count > 1 || (message.msg_flags & MSG_CTRUNC) != 0) {
        for (size_t i = 0; i < count; i++) {
            close(fds[i]);
        }
        return cut ? rc_at(ERR_TOO_LONG, CHANNEL_FRAME_BYTES) : rc_make(ERR_MALFORMED);
    }
    *out_n = (size_t)got;
    *out_fd = count == 1 ? fds[0] : -1;
    return RC_OK;
}

struct rc channel_receive(int channel, uint8_t *room, size_t *out_n, int *out_fd)
{
    return receive_frame(channel, room, out_n, out_fd, 0);
}

struct rc channel_receive_now(int channel, uint8_t *room, size_t *out_n, int *out_fd)
{
    return receive_frame(channel, room, out_n, out_fd, MSG_DONTWAIT);
}
