/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/profile.h"

#include "base/heap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB           ((uint64_t)1 << 20)
#define CAPABILITY(c) (UINT64_C(1) << (c))

/* What a station does: await, read, send, use memory, read clocks, end. */
static const int station_calls[] = {
    SCMP_SYS(read),         SCMP_SYS(close),          SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),      SCMP_SYS(epoll_wait),     SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl),    SCMP_SYS(poll),           SCMP_SYS(timerfd_settime),
    SCMP_SYS(munmap),       SCMP_SYS(mremap),         SCMP_SYS(brk),
    SCMP_SYS(madvise),      SCMP_SYS(futex),          SCMP_SYS(exit),
    SCMP_SYS(exit_group),   SCMP_SYS(clock_gettime),  SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),    SCMP_SYS(sysinfo),        SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(getpid),
    SCMP_SYS(gettid),
};

/* What libraries ask and can do without: refused, not killed. */
static const int soft_calls[] = {
    SCMP_SYS(ioctl), SCMP_SYS(access),  SCMP_SYS(readlink), SCMP_SYS(prlimit64),
    SCMP_SYS(uname), SCMP_SYS(geteuid), SCMP_SYS(getuid),   SCMP_SYS(sched_getaffinity),
};

/* On descriptors that the role was passed. */
static const int read_calls[] = {
    SCMP_SYS(pread64),    SCMP_SYS(lseek),     SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), SCMP_SYS(fadvise64),
};

static const int accept_calls[] = {SCMP_SYS(accept4), SCMP_SYS(getsockopt)};

/* sd-journal: it follows its folder and maps what is in it. */
static const int journal_calls[] = {
    SCMP_SYS(statx), SCMP_SYS(fstatfs),          SCMP_SYS(getdents64),
    SCMP_SYS(fcntl), SCMP_SYS(inotify_init1),    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(ppoll), SCMP_SYS(inotify_rm_watch),
};

static const int ledger_calls[] = {
    SCMP_SYS(openat),    SCMP_SYS(getdents64), SCMP_SYS(write),     SCMP_SYS(writev),
    SCMP_SYS(pwrite64),  SCMP_SYS(pwritev),    SCMP_SYS(fdatasync), SCMP_SYS(fsync),
    SCMP_SYS(fallocate), SCMP_SYS(ftruncate),  SCMP_SYS(renameat),  SCMP_SYS(renameat2),
    SCMP_SYS(unlinkat),  SCMP_SYS(mkdirat),    SCMP_SYS(flock),     SCMP_SYS(fcntl),
    SCMP_SYS(fchmod),    SCMP_SYS(statx),      SCMP_SYS(linkat),
};

/* One netlink socket that it is passed: it can make no other. */
static const int net_calls[] = {
    SCMP_SYS(sendto),     SCMP_SYS(recvfrom),   SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
};

/* Rewrites two files in one folder, looks through /proc, ends processes. */
static const int account_calls[] = {
    SCMP_SYS(openat),    SCMP_SYS(getdents64),
    SCMP_SYS(write),     SCMP_SYS(pwrite64),
    SCMP_SYS(fdatasync), SCMP_SYS(fsync),
    SCMP_SYS(ftruncate), SCMP_SYS(renameat),
    SCMP_SYS(renameat2), SCMP_SYS(unlinkat),
    SCMP_SYS(fchmod),    SCMP_SYS(fchown),
    SCMP_SYS(fcntl),     SCMP_SYS(flock),
    SCMP_SYS(kill),      SCMP_SYS(pidfd_open),
    SCMP_SYS(statx),     SCMP_SYS(readlinkat),
    SCMP_SYS(faccessat), SCMP_SYS(fgetxattr),
    SCMP_SYS(fsetxattr), SCMP_SYS(pidfd_send_signal),
};

/* What a sanitizer's runtime does, mostly when it reports; only if SANITIZED. */
static const int sanitizer_calls[] = {
    SCMP_SYS(write),     SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction), SCMP_SYS(sched_yield),
    SCMP_SYS(getrusage), SCMP_SYS(prlimit64),   SCMP_SYS(readlink),     SCMP_SYS(mprotect),
    SCMP_SYS(ioctl),     SCMP_SYS(fstat),       SCMP_SYS(newfstatat),   SCMP_SYS(lseek),
};

struct profile {
    const int *calls;
    size_t count;
    bool reads;   /* files that it was passed */
    bool accepts; /* people's connections */
    bool opens;   /* files, for reading only */
    bool maps;    /* files, for reading only */
    bool grows;   /* files: it writes some */
    uint16_t descriptors;
    uint64_t memory_bytes; /* of its own: many times what was measured */
    uint64_t capabilities;
};

#define CALLS(list) .calls = (list), .count = COUNT_OF(list)

static const struct profile profiles[ROLE_COUNT] = {
    [ROLE_INGEST] = {.reads = true, .descriptors = 512, .memory_bytes = 512 * MIB},
    [ROLE_JOURNAL] = {CALLS(journal_calls), .reads = true, .opens = true, .maps = true,
                      .descriptors = 1024, .memory_bytes = 1024 * MIB},
    [ROLE_LEDGER] = {CALLS(ledger_calls), .reads = true, .grows = true, .descriptors = 256,
                     .memory_bytes = 2048 * MIB},
    [ROLE_DETECT] = {.descriptors = 64, .memory_bytes = 4096 * MIB},
    [ROLE_CORRELATE] = {.descriptors = 64, .memory_bytes = 4096 * MIB},
    [ROLE_INCIDENT] = {.descriptors = 64, .memory_bytes = 2048 * MIB},
    [ROLE_CONTAIN] = {.accepts = true, .descriptors = 128, .memory_bytes = 512 * MIB},
    [ROLE_CONTAIN_NET] = {CALLS(net_calls), .descriptors = 64, .memory_bytes = 256 * MIB,
                          .capabilities = CAPABILITY(CAP_NET_ADMIN)},
    /* DAC_OVERRIDE: shadow is root's. CHOWN, FOWNER: its new version too. KILL: of others. */
    [ROLE_CONTAIN_ACCOUNT] = {CALLS(account_calls), .reads = true, .grows = true,
                              .descriptors = 64, .memory_bytes = 256 * MIB,
                              .capabilities = CAPABILITY(CAP_DAC_OVERRIDE) |
                                              CAPABILITY(CAP_CHOWN) | CAPABILITY(CAP_FOWNER) |
                                              CAPABILITY(CAP_KILL)},
    [ROLE_QUERY] = {.accepts = true, .descriptors = 128, .memory_bytes = 2048 * MIB},
    [ROLE_INFORM] = {.accepts = true, .descriptors = 128, .memory_bytes = 1024 * MIB},
};

uint64_t profile_capabilities(enum role role)
{
    return profiles[role].capabilities;
}

static int allow_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        failed |= seccomp_rule_add(filter, action, calls[i], 0);
    }
    return failed;
}

/* Memory and the last words of check(): what every role may do under conditions. */
static int allow_conditionally(scmp_filter_ctx filter, bool maps)
{
    int failed = 0;
    if (maps) {
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                                   SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    } else {
        /* never a file: one open for writing too could be changed without a write */
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                                   SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                                   SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
    }
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 2,
                               SCMP_A0(SCMP_CMP_EQ, (uint64_t)getpid(), 0),
                               SCMP_A2(SCMP_CMP_EQ, SIGABRT, 0));
    /* a listening socket that comes late is made not to wait */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                               SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                               SCMP_A1(SCMP_CMP_EQ, F_SETFL, 0));
    if (SANITIZED) {
        return failed;
    }
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                               SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(writev), 1,
                               SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0));
    return failed;
}

static int allow_role(scmp_filter_ctx filter, const struct profile *p)
{
    int failed = allow_all(filter, SCMP_ACT_ALLOW, p->calls, p->count);
    if (p->reads) {
        failed |= allow_all(filter, SCMP_ACT_ALLOW, read_calls, COUNT_OF(read_calls));
    }
    if (p->accepts) {
        failed |= allow_all(filter, SCMP_ACT_ALLOW, accept_calls, COUNT_OF(accept_calls));
    }
    if (p->opens) {
        failed |= seccomp_rule_add(
            filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
    }
    return failed;
}

static struct rc enter_seccomp(const struct profile *p)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL) {
        return (struct rc){.code = ERR_SYSTEM, .sys = ENOMEM};
    }
    int failed = allow_all(filter, SCMP_ACT_ALLOW, station_calls, COUNT_OF(station_calls));
    failed |= allow_role(filter, p);
    failed |= allow_conditionally(filter, p->maps);
    if (SANITIZED) {
        failed |= allow_all(filter, SCMP_ACT_ALLOW, sanitizer_calls, COUNT_OF(sanitizer_calls));
    } else {
        failed |= allow_all(filter, SCMP_ACT_ERRNO(EACCES), soft_calls, COUNT_OF(soft_calls));
    }
    if (failed == 0) {
        failed = seccomp_load(filter);
    }
    seccomp_release(filter);
    return failed == 0 ? RC_OK : (struct rc){.code = ERR_SYSTEM, .sys = ENOSYS};
}

/* Rights on files below the folders, none elsewhere. Returns the ABI, 0: none. */
static int enter_landlock(struct profile_folders folders, bool writes)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi <= 0) {
        return 0;
    }
    /* the 13 rights of ABI 1; those of it that read are a file's and a folder's */
    uint64_t rights = (UINT64_C(1) << 13) - 1;
    uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    uint64_t writing = reading | LANDLOCK_ACCESS_FS_WRITE_FILE |
                       LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                       LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR;
    struct landlock_ruleset_attr attr = {.handled_access_fs = rights};
    long rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (rules < 0) {
        return 0;
    }
    long failed = 0;
    for (size_t i = 0; i < folders.count; i++) {
        struct landlock_path_beneath_attr below = {.allowed_access = writes ? writing : reading,
                                                   .parent_fd = folders.fds[i]};
        failed |= syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0);
    }
    failed |= syscall(SYS_landlock_restrict_self, rules, 0);
    close((int)rules);
    return failed == 0 ? (int)abi : 0;
}

static struct rc limit(__rlimit_resource_t what, rlim_t value)
{
    struct rlimit bound;
    if (getrlimit(what, &bound) != 0) {
        return rc_errno();
    }
    /* one that is tighter already stays */
    bound.rlim_max = bound.rlim_max < value ? bound.rlim_max : value;
    bound.rlim_cur = bound.rlim_cur < bound.rlim_max ? bound.rlim_cur : bound.rlim_max;
    return setrlimit(what, &bound) == 0 ? RC_OK : rc_errno();
}

static struct rc enter_limits(const struct profile *p)
{
    TRY(limit(RLIMIT_CORE, 0));
    TRY(limit(RLIMIT_MEMLOCK, 0));
    TRY(limit(RLIMIT_NOFILE, p->descriptors));
    if (!p->grows) {
        TRY(limit(RLIMIT_FSIZE, 0));
    }
    if (SANITIZED) {
        return RC_OK;
    }
    TRY(limit(RLIMIT_NPROC, 0));
    return limit(RLIMIT_DATA, p->memory_bytes);
}

/* Keep what the role needs of what there is; false: some of it is not there. */
static bool drop_capabilities(uint64_t wanted)
{
    /* the bounding set needs CAP_SETPCAP: without it nothing can be gained either, since no
     * new privileges come by execve */
    for (int c = 0; c <= CAP_LAST_CAP; c++) {
        if ((wanted >> c & 1) == 0) {
            prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
        }
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
    if (syscall(SYS_capget, &head, sets) != 0) {
        return wanted == 0;
    }
    uint64_t have = sets[0].permitted | (uint64_t)sets[1].permitted << 32;
    uint64_t keep = have & wanted;
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        uint32_t half = (uint32_t)(keep >> (32 * i));
        sets[i] = (struct __user_cap_data_struct){.effective = half, .permitted = half};
    }
    return syscall(SYS_capset, &head, sets) == 0 && keep == wanted;
}

struct rc profile_enter(enum role role, struct profile_folders folders, struct buf *missing)
{
    check(role > ROLE_SUPERVISOR && role < ROLE_CONSOLE);
    const struct profile *p = &profiles[role];
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return rc_errno();
    }
    if (geteuid() == 0) {
        buf_puts(missing, "It runs as root, not as a user of its own. ");
    }
    if (!drop_capabilities(p->capabilities)) {
        buf_puts(missing, "It lacks a capability that its work needs. ");
    }
    if (enter_landlock(folders, p->grows) == 0) {
        buf_puts(missing, "This kernel has no Landlock. ");
    }
    TRY(enter_limits(p));
    return enter_seccomp(p);
}

static void describe_calls(const int *calls, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, calls[i]);
        buf_printf(out, " %s", name == NULL ? "?" : name);
        heap_free(name);
    }
}

void profile_describe(enum role role, struct buf *out)
{
    const struct profile *p = &profiles[role];
    buf_put(out, role_name(role));
    buf_putc(out, ':');
    describe_calls(station_calls, COUNT_OF(station_calls), out);
    describe_calls(p->calls, p->count, out);
    if (p->reads) {
        describe_calls(read_calls, COUNT_OF(read_calls), out);
    }
    if (p->accepts) {
        describe_calls(accept_calls, COUNT_OF(accept_calls), out);
    }
    buf_puts(out, p->opens ? " openat(read)" : "");
    buf_puts(out, p->maps ? " mmap(file, read)" : "");
}
