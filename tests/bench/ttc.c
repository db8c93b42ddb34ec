/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ttc - how long after a line is written to a log are packets of the address in it still
 * accepted? Runs where the packets arrive; a child in the attacker's network namespace sends
 * them, 10,000 a second. One line a trial: nanoseconds from write() to the last packet that
 * came, or -1 when packets still came after the time allowed.
 *
 * usage: ttc NETNS LOG DESTINATION TRIALS FIRST-HOST WAIT-MS LAST-LINE
 *
 * Trial i uses the source address 10.66.0.0 + FIRST-HOST + i. Before each it completes a TCP
 * handshake with port 22 and writes five failed log-ons; the sixth line is the one that counts:
 * LAST-LINE is "Accepted password" or a sixth "Failed password", whatever the program that is
 * measured acts on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 4242, SSH_PORT = 22, PERIOD_NS = 100000, FAILURES = 5, SETTLE_MS = 60 };

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void need(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(2);
    }
}

static void sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static int bound(int type, in_addr_t source)
{
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;
    need(fd >= 0, "socket");
    need(setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on)) == 0, "freebind");
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = source};
    need(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0, "bind");
    return fd;
}

/* The session that the lines are about: open as long as the trial lasts. */
static int greet(in_addr_t source, in_addr_t destination)
{
    int fd = bound(SOCK_STREAM, source);
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_addr.s_addr = destination, .sin_port = htons(SSH_PORT)};
    need(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0, "handshake with sshd");
    return fd;
}

/* Sends from the address it reads from `orders`, until the next order; 0 is silence. */
static void flood(int orders, int ready, in_addr_t destination)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_addr.s_addr = destination, .sin_port = htons(PORT)};
    int fd = -1, session = -1;
    int64_t next = 0;
    for (;;) {
        in_addr_t source;
        struct pollfd p = {.fd = orders, .events = POLLIN};
        if (poll(&p, 1, fd < 0 ? -1 : 0) > 0) {
            if (read(orders, &source, sizeof(source)) != sizeof(source)) {
                _exit(0);
            }
            if (fd >= 0) {
                close(fd);
                close(session);
                fd = session = -1;
            }
            if (source != 0) {
                session = greet(source, destination);
                fd = bound(SOCK_DGRAM, source);
                next = now_ns();
            }
            need(write(ready, "x", 1) == 1, "ready");
            continue;
        }
        sendto(fd, "x", 1, 0, (struct sockaddr *)&to,
               sizeof(to)); /* a full queue is no matter */
        next += PERIOD_NS;
        struct timespec t = {next / 1000000000, next % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
}

static void put_line(int log, const char *said, in_addr_t source, int pid)
{
    char text[256], stamp[64], address[INET_ADDRSTRLEN];
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    struct tm utc;
    gmtime_r(&t.tv_sec, &utc);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
    inet_ntop(AF_INET, &source, address, sizeof(address));
    int n = snprintf(text, sizeof(text),
                     "%s.%06ld+00:00 registry sshd[%d]: %s for u%s from %s port 50%03d ssh2\n",
                     stamp, t.tv_nsec / 1000, pid, said, address + 6, address, pid % 1000);
    need(write(log, text, (size_t)n) == n, "log");
}

/* Packets of that address until none came for quiet_ms; the time of the last, 0 if none. */
static int64_t drain(int sink, in_addr_t source, int64_t quiet_ms, int64_t end)
{
    int64_t last = 0, idle = now_ns();
    while (now_ns() - idle < quiet_ms * 1000000 && now_ns() < end) {
        struct pollfd p = {.fd = sink, .events = POLLIN};
        struct sockaddr_in from;
        socklen_t n = sizeof(from);
        char byte;
        if (poll(&p, 1, 1) > 0 &&
            recvfrom(sink, &byte, 1, MSG_DONTWAIT, (struct sockaddr *)&from, &n) >= 0 &&
            from.sin_addr.s_addr == source) {
            last = idle = now_ns();
        }
    }
    return last;
}

static void order(int orders, int ready, in_addr_t source)
{
    char byte;
    need(write(orders, &source, sizeof(source)) == sizeof(source), "order");
    need(read(ready, &byte, 1) == 1, "flooder");
}

int main(int argc, char **argv)
{
    need(argc == 8, "usage: ttc NETNS LOG DESTINATION TRIALS FIRST-HOST WAIT-MS LAST-LINE");
    int log = open(argv[2], O_WRONLY | O_APPEND | O_CREAT, 0640), orders[2], ready[2];
    in_addr_t destination = inet_addr(argv[3]);
    long trials = strtol(argv[4], NULL, 10), first = strtol(argv[5], NULL, 10),
         wait_ms = strtol(argv[6], NULL, 10);
    need(log >= 0 && pipe(orders) == 0 && pipe(ready) == 0, "start");
    if (fork() == 0) {
        int ns = open(argv[1], O_RDONLY);
        close(orders[1]);
        need(ns >= 0 && setns(ns, CLONE_NEWNET) == 0, "namespace");
        flood(orders[0], ready[1], destination);
    }
    int sink = socket(AF_INET, SOCK_DGRAM, 0), room = 4 << 20;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    need(bind(sink, (struct sockaddr *)&here, sizeof(here)) == 0, "sink");
    setsockopt(sink, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    for (long i = 0; i < trials; i++) {
        in_addr_t source = htonl(0x0a420000u + (uint32_t)(first + i));
        order(orders[1], ready[0], source);
        for (int k = 0; k < FAILURES; k++) {
            put_line(log, "Failed password", source, (int)(1000 + 10 * i + k));
        }
        sleep_ms(SETTLE_MS);
        drain(sink, source, 1, now_ns() + 20000000);
        int64_t written = now_ns();
        put_line(log, argv[7], source, (int)(1009 + 10 * i));
        int64_t end = written + wait_ms * 1000000, quiet = wait_ms < 400 ? wait_ms / 2 : 200;
        int64_t last = drain(sink, source, quiet, end);
        /* none after the write: cut before the next packet could come */
        int64_t took = last == 0 ? 0 : last > end - quiet * 1000000 / 2 ? -1 : last - written;
        printf("%lld\n", (long long)took);
        fflush(stdout);
        order(orders[1], ready[0], 0);
        drain(sink, source, 1, now_ns() + 20000000);
    }
    close(orders[1]);
    return 0;
}
