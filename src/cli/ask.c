/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/ask.h"

#include "base/escape.h"
#include "base/file.h"
#include "base/heap.h"
#include "cli/cmd.h"
#include "guard/channel.h"
#include "guard/link.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static enum role role_behind(const char *socket_name)
{
    struct str s = str_of(socket_name);
    return str_starts(s, STR("contain."))  ? ROLE_CONTAIN
           : str_starts(s, STR("notice.")) ? ROLE_INFORM
                                           : ROLE_QUERY;
}

static struct rc address_of(const char *run_folder, const char *socket_name,
                            struct sockaddr_un *out)
{
    AUTO_BUF path = BUF_WITH_CAP(sizeof(out->sun_path) - 1);
    buf_put(&path, str_of(run_folder));
    buf_putc(&path, '/');
    buf_put(&path, str_of(socket_name));
    if (path.full) {
        return rc_at(ERR_TOO_LONG, sizeof(out->sun_path) - 1);
    }
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->sun_path, path.p, path.n);
    return RC_OK;
}

static struct rc connect_to(int fd, const char *run_folder, const char *socket_name)
{
    struct sockaddr_un at;
    struct timeval wait = {.tv_sec = ASK_WAIT_S};
    TRY(address_of(run_folder, socket_name, &at));
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
        connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
        return rc_errno();
    }
    return RC_OK;
}

static struct rc send_message(int fd, const struct wire_message *m)
{
    AUTO_BUF frame = {0};
    wire_encode(&frame, m);
    return channel_send(fd, bytes_of(buf_str(&frame)), -1);
}

/* The next message; it borrows from room. */
static struct rc receive(int fd, enum role from, uint8_t *room, struct wire_message *out)
{
    size_t n;
    int passed = -1;
    TRY(channel_receive(fd, room, &n, &passed));
    if (passed >= 0) {
        close(passed);
        return rc_make(ERR_MALFORMED);
    }
    if (n == 0) {
        return rc_make(ERR_VANISHED);
    }
    return wire_decode((struct bytes){room, n}, from, ROLE_CONSOLE, out);
}

/* Pieces until the last; HELLO comes once, before them. */
static struct rc gather(int fd, enum role from, struct buf *out_answer, uint8_t *out_status)
{
    AUTO_HEAP uint8_t *room = heap_alloc(CHANNEL_FRAME_BYTES);
    bool greeted = false;
    for (;;) {
        struct wire_message m;
        TRY(receive(fd, from, room, &m));
        bool hello = m.type == WIRE_HELLO;
        if (hello == greeted || (hello && m.hello.protocol != WIRE_PROTOCOL) ||
            (!hello && m.type != WIRE_ANSWER)) {
            return rc_make(ERR_MALFORMED);
        }
        if (hello) {
            greeted = true;
            continue;
        }
        buf_put(out_answer, str_bytes(m.answer.piece));
        if (out_answer->n > ASK_MAX_ANSWER_BYTES) {
            return rc_at(ERR_TOO_LONG, ASK_MAX_ANSWER_BYTES);
        }
        if (m.answer.last != 0) {
            *out_status = m.answer.status;
            return RC_OK;
        }
    }
}

struct rc ask_socket(const char *run_folder, const char *socket_name,
                     const struct wire_message *question, struct buf *out_answer,
                     uint8_t *out_status)
{
    struct wire_message hello;
    link_hello(ROLE_CONSOLE, &hello);
    AUTO_FD fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return rc_errno();
    }
    TRY(connect_to(fd, run_folder, socket_name));
    TRY(send_message(fd, &hello));
    TRY(send_message(fd, question));
    return gather(fd, role_behind(socket_name), out_answer, out_status);
}

static const char *advice(struct rc rc)
{
    if (rc.code == ERR_SYSTEM && (rc.sys == ENOENT || rc.sys == ECONNREFUSED)) {
        return "tocsind does not run, or runs elsewhere: start it, or say where with --run DIR";
    }
    if (rc.code == ERR_SYSTEM && (rc.sys == EACCES || rc.sys == EPERM)) {
        return "you may not talk to tocsind: become root, or join the group of its sockets";
    }
    if (rc.code == ERR_SYSTEM && (rc.sys == EAGAIN || rc.sys == EWOULDBLOCK)) {
        return "no answer in 10 seconds: look at the log of tocsind";
    }
    if (rc.code == ERR_VANISHED || rc.code == ERR_SYSTEM) {
        return "the process behind it ended before it had answered: ask again";
    }
    return "what answers there is not this version of tocsind";
}

void ask_complain(const char *verb, const char *run_folder, const char *socket, struct rc rc)
{
    AUTO_BUF out = {0};
    buf_printf(&out, "tocsin %s: ", verb);
    escape_text(&out, str_of(run_folder));
    buf_printf(&out, "/%s: %s\n%s\n", socket, rc_text(rc), advice(rc));
    cmd_print(STDERR_FILENO, &out);
}
