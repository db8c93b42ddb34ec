/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/station_inner.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint64_t quiet_ns = (uint64_t)STATION_QUIET_S * 1000000000U;

void station_people_open(struct station *s)
{
    for (size_t i = 0; i < STATION_CONNECTIONS; i++) {
        s->people[i].link = LINK_NONE;
    }
}

static void hang_up(struct station_person *p)
{
    link_close(&p->link);
    p->number = 0;
}

void station_people_close(struct station *s)
{
    for (size_t i = 0; i < STATION_CONNECTIONS; i++) {
        hang_up(&s->people[i]);
    }
}

static uint32_t uid_of(int fd)
{
    struct ucred who = {.uid = UINT32_MAX};
    socklen_t n = sizeof(who);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 ? who.uid : UINT32_MAX;
}

void station_people_accept(struct station *s, uint32_t listener)
{
    int fd = accept4(s->listeners[listener], NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        return; /* it went away again, or there are too many: it can try once more */
    }
    uint32_t free = 0;
    while (free < STATION_CONNECTIONS && s->people[free].number != 0) {
        free++;
    }
    if (free == STATION_CONNECTIONS) {
        close(fd);
        station_log(s, STATION_WARNING, STR("console.full limit=32"));
        return;
    }
    struct station_person *p = &s->people[free];
    p->number = ++s->people_count;
    p->uid = uid_of(fd);
    p->heard = clock_now();
    link_open(&p->link, fd, s->self, ROLE_CONSOLE);
    station_poll(s, fd, SOURCE_PERSON, free);
}

/* false: that was the last of it. */
static bool read_one(struct station *s, struct station_person *p)
{
    enum link_got got = LINK_NOTHING;
    struct wire_message m;
    int fd = -1;
    struct rc rc = link_receive(&p->link, s->room, &m, &fd, &got);
    if (!rc_failed(rc) && got == LINK_MESSAGE) {
        rc = s->handlers->message == NULL
                 ? rc_make(ERR_MALFORMED)
                 : s->handlers->message(s->context, ROLE_CONSOLE, p->number, &m);
    }
    if (rc_failed(rc)) {
        AUTO_BUF line = BUF_WITH_CAP(256);
        buf_printf(&line, "console.malformed uid=%u what=%s", p->uid, rc_name(rc));
        station_log(s, STATION_WARNING, buf_str(&line));
    }
    if (rc_failed(rc) || got == LINK_GONE) {
        hang_up(p);
        return false;
    }
    return got != LINK_NOTHING;
}

void station_people_read(struct station *s, uint32_t index)
{
    struct station_person *p = &s->people[index];
    for (size_t i = 0; i < STATION_ROUND_MESSAGES && p->number != 0; i++) {
        if (!read_one(s, p)) {
            return;
        }
        p->heard = clock_now();
    }
}

void station_people_flush(struct station *s)
{
    for (uint32_t i = 0; i < STATION_CONNECTIONS; i++) {
        struct station_person *p = &s->people[i];
        if (p->number != 0) {
            link_flush(&p->link);
            station_poll_writing(s, &p->link, SOURCE_PERSON, i);
        }
    }
}

void station_people_expire(struct station *s, struct instant now)
{
    for (size_t i = 0; i < STATION_CONNECTIONS; i++) {
        struct station_person *p = &s->people[i];
        if (p->number != 0 && now.ns >= p->heard.ns + quiet_ns) {
            hang_up(p);
        }
    }
}

struct instant station_people_next(const struct station *s)
{
    struct instant next = {0};
    for (size_t i = 0; i < STATION_CONNECTIONS; i++) {
        const struct station_person *p = &s->people[i];
        if (p->number != 0 && (next.ns == 0 || p->heard.ns + quiet_ns < next.ns)) {
            next.ns = p->heard.ns + quiet_ns;
        }
    }
    return next;
}
