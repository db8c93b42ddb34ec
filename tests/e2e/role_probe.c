/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * role_probe ROLE ATTEMPT FOLDER - a process of that role, as the supervisor would start it,
 * confines itself and tries one thing. Prints "ok", "refused ERRNO" or "killed SIGNAL".
 *
 * FOLDER holds: own/ (of the role's user: what it is passed as its folder), own/file,
 * outside/. Started without arguments it is the child.
 */
#include "base/file.h"
#include "base/folder.h"
#include "base/handover.h"
#include "daemon/socket_io.h"
#include "guard/channel.h"
#include "guard/profile.h"
#include "guard/program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_CONFINED = 120, UNKNOWN_ATTEMPT = 121 };

/* What an attempt may use: what the role was passed, and two processes. */
struct means {
    int fd; /* a folder, a listening socket, a netlink socket or a file */
    pid_t parent, other;
};

static int as_result(long value)
{
    return value < 0 ? errno : 0;
}

static int try_open(const struct means *m)
{
    (void)m;
    return as_result(open("/etc/shadow", O_RDONLY));
}

static int try_write_outside(const struct means *m)
{
    return as_result(openat(m->fd, "../outside/new", O_WRONLY | O_CREAT, 0600));
}

static int try_write_own(const struct means *m)
{
    int fd = openat(m->fd, "new", O_RDWR | O_CREAT, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4096) != 0 ||
        fdatasync(fd) != 0 || ftruncate(fd, 0) != 0) {
        return errno;
    }
    return as_result(renameat(m->fd, "new", m->fd, "newer"));
}

static int try_read_own(const struct means *m)
{
    char c;
    int fd = openat(m->fd, "file", O_RDONLY);
    return fd < 0 ? errno : as_result(pread(fd, &c, 1, 0));
}

static int try_read_passed(const struct means *m)
{
    char c;
    struct stat st;
    return fstat(m->fd, &st) != 0 ? errno : as_result(pread(m->fd, &c, 1, 0));
}

static int try_socket(const struct means *m)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)m;
    return fd < 0 ? errno : as_result(connect(fd, (struct sockaddr *)&at, sizeof(at)));
}

static int try_connect_passed(const struct means *m)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "/run/dbus/system_bus_socket"};
    return as_result(connect(m->fd, (struct sockaddr *)&at, sizeof(at)));
}

static int try_accept(const struct means *m)
{
    /* nobody has come: that it may ask is what counts */
    int error = as_result(accept4(m->fd, NULL, NULL, SOCK_CLOEXEC));
    return error == EAGAIN ? 0 : error;
}

/* A request that nfnetlink refuses to whoever has no CAP_NET_ADMIN. */
static int try_netlink(const struct means *m)
{
    struct {
        struct nlmsghdr head;
        uint8_t family, version;
        uint16_t resource;
    } request = {.head = {.nlmsg_len = sizeof(request),
                          .nlmsg_type = 10 << 8 | 16, /* nftables: which generation? */
                          .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
    struct {
        struct nlmsghdr head;
        int32_t error;
        uint8_t rest[512];
    } answer = {0};
    struct iovec out = {&request, sizeof(request)}, in = {&answer, sizeof(answer)};
    struct msghdr message = {.msg_iov = &out, .msg_iovlen = 1};
    if (sendmsg(m->fd, &message, 0) < 0) {
        return errno;
    }
    message = (struct msghdr){.msg_iov = &in, .msg_iovlen = 1};
    if (recvmsg(m->fd, &message, 0) < 0) {
        return errno;
    }
    return answer.head.nlmsg_type == NLMSG_ERROR ? -answer.error : 0;
}

static int try_execve(const struct means *m)
{
    char *const none[] = {NULL};
    (void)m;
    return as_result(execve("/bin/true", none, none));
}

static int try_fork(const struct means *m)
{
    (void)m;
    return as_result(fork());
}

static int try_ptrace(const struct means *m)
{
    return as_result(ptrace(PTRACE_ATTACH, m->parent, NULL, NULL));
}

static int try_read_memory(const struct means *m)
{
    char c;
    struct iovec to = {&c, 1}, from = {&c, 1};
    return as_result(process_vm_readv(m->parent, &to, 1, &from, 1, 0));
}

static int try_kill(const struct means *m)
{
    return as_result(kill(m->other, SIGCONT));
}

static int try_mount(const struct means *m)
{
    (void)m;
    return as_result(mount("none", "/mnt", "tmpfs", 0, NULL));
}

static int try_bpf(const struct means *m)
{
    (void)m;
    return as_result(syscall(SYS_bpf, 0, NULL, 0));
}

static int try_io_uring(const struct means *m)
{
    (void)m;
    return as_result(syscall(425 /* io_uring_setup */, 1, NULL));
}

static int try_unshare(const struct means *m)
{
    (void)m;
    return as_result(syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */));
}

static int try_setuid(const struct means *m)
{
    (void)m;
    return as_result(setuid(0));
}

static int try_exec_memory(const struct means *m)
{
    (void)m;
    void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? errno : 0;
}

static int try_map_passed(const struct means *m)
{
    void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, m->fd, 0);
    return p == MAP_FAILED ? errno : 0;
}

static int try_write_passed(const struct means *m)
{
    return as_result(write(m->fd, "x", 1));
}

static int try_account(const struct means *m)
{
    int fd = openat(m->fd, "shadow.new", O_RDWR | O_CREAT, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || fchown(fd, 0, 0) != 0 || fchmod(fd, 0640) != 0 ||
        fsync(fd) != 0) {
        return errno;
    }
    return as_result(renameat(m->fd, "shadow.new", m->fd, "shadow"));
}

static const struct attempt {
    const char *name, *passed;
    int (*run)(const struct means *m);
} attempts[] = {
    {"open", "file", try_open},
    {"write-outside", "folder", try_write_outside},
    {"write-own", "folder", try_write_own},
    {"read-own", "folder", try_read_own},
    {"read-passed", "file", try_read_passed},
    {"write-passed", "file", try_write_passed},
    {"map-passed", "file", try_map_passed},
    {"socket", "file", try_socket},
    {"connect", "listen", try_connect_passed},
    {"accept", "listen", try_accept},
    {"netlink", "netlink", try_netlink},
    {"execve", "file", try_execve},
    {"fork", "file", try_fork},
    {"ptrace", "file", try_ptrace},
    {"read-memory", "file", try_read_memory},
    {"kill", "file", try_kill},
    {"mount", "file", try_mount},
    {"bpf", "file", try_bpf},
    {"io_uring", "file", try_io_uring},
    {"unshare", "file", try_unshare},
    {"setuid", "file", try_setuid},
    {"exec-memory", "file", try_exec_memory},
    {"account", "root-folder", try_account},
};

struct order {
    enum role role;
    size_t attempt;
    pid_t parent, other;
};

/* The child: descriptor 3 brings the order and what the role is passed. */
static int obey(void)
{
    uint8_t room[CHANNEL_FRAME_BYTES];
    size_t n = 0;
    struct order order;
    struct means m = {.fd = -1};
    if (rc_failed(channel_receive(3, room, &n, &m.fd)) || n != sizeof(order)) {
        return NOT_CONFINED;
    }
    memcpy(&order, room, sizeof(order));
    m.parent = order.parent;
    m.other = order.other;
    AUTO_BUF missing = {0};
    struct stat st;
    struct profile_folders folders = {&m.fd,
                                      fstat(m.fd, &st) == 0 && S_ISDIR(st.st_mode) ? 1 : 0};
    if (rc_failed(profile_enter(order.role, folders, &missing))) {
        return NOT_CONFINED;
    }
    int error = attempts[order.attempt].run(&m);
    return error == 0 ? 0 : error < 100 ? error : 99;
}

static int open_passed(const char *what, const char *folder)
{
    AUTO_BUF path = {0};
    int fd = -1;
    struct rc rc = RC_OK;
    bool listens = strcmp(what, "listen") == 0;
    buf_printf(&path, "%s/%s%c", folder,
               strcmp(what, "folder") == 0 ? "own"
               : listens                   ? "listen.sock"
               : strcmp(what, "file") == 0 ? "own/file"
                                           : "outside",
               0);
    if (strcmp(what, "netlink") == 0) {
        return socket_io_netlink();
    }
    rc = listens ? socket_io_listen(path.p, 0, &fd) : file_open_read(path.p, &fd);
    if (!rc_failed(rc) && listens) {
        rc_ignore(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 ? RC_OK : rc_errno(), "then it waits");
    }
    return rc_failed(rc) ? -1 : fd;
}

static int report(int status)
{
    if (WIFSIGNALED(status)) {
        printf("killed SIG%s\n", sigabbrev_np(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) == 0) {
        puts("ok");
    } else if (WEXITSTATUS(status) < 100) {
        printf("refused %s\n", strerrorname_np(WEXITSTATUS(status)));
    } else {
        printf("failed %d\n", WEXITSTATUS(status));
        return 1;
    }
    return 0;
}

static int has_landlock(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* which version? */);
    puts(abi > 0 ? "landlock" : "no landlock");
    return 0;
}

static int probe(enum role role, const char *name, const char *folder)
{
    struct order order = {.role = role, .parent = getpid(), .other = getppid()};
    while (order.attempt < COUNT_OF(attempts) &&
           strcmp(attempts[order.attempt].name, name) != 0) {
        order.attempt++;
    }
    if (order.attempt == COUNT_OF(attempts)) {
        return UNKNOWN_ATTEMPT;
    }
    struct program program = {.path = "/proc/self/exe",
                              .uid = geteuid() == 0 ? 63100 + role : 0,
                              .capabilities = profile_capabilities(role)};
    struct spawned child;
    int errors, status = 0;
    struct bytes frame = {(const uint8_t *)&order, sizeof(order)};
    int fd = open_passed(attempts[order.attempt].passed, folder);
    if (fd < 0 || rc_failed(program_start(&program, &child, &errors)) ||
        rc_failed(channel_send(child.channel, frame, fd)) ||
        waitpid(child.pid, &status, 0) != child.pid) {
        perror(name);
        return 1;
    }
    return report(status);
}

int main(int argc, char **argv)
{
    enum role role;
    if (argc == 1) {
        return obey();
    }
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < COUNT_OF(attempts); i++) {
            puts(attempts[i].name);
        }
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--landlock") == 0) {
        return has_landlock();
    }
    if (argc != 4 || !role_parse(str_of(argv[1]), &role)) {
        return UNKNOWN_ATTEMPT;
    }
    return probe(role, argv[2], argv[3]);
}
