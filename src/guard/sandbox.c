/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_FDS = 16 };

/* Calls without conditions. getrandom: seeds of hash tables. sysinfo: qsort asks for it. */
static const int allowed[] = {
    SCMP_SYS(read),           SCMP_SYS(pread64),       SCMP_SYS(close),
    SCMP_SYS(munmap),         SCMP_SYS(mremap),        SCMP_SYS(brk),
    SCMP_SYS(madvise),        SCMP_SYS(futex),         SCMP_SYS(exit),
    SCMP_SYS(exit_group),     SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),      SCMP_SYS(sysinfo),       SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(getpid),        SCMP_SYS(gettid),
    SCMP_SYS(rt_sigreturn),   SCMP_SYS(poll),
};

/* What a sanitizer's runtime does, mostly when it reports; only if SANITIZED. */
static const int sanitizer_allowed[] = {
    SCMP_SYS(write),     SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction), SCMP_SYS(sched_yield),
    SCMP_SYS(getrusage), SCMP_SYS(prlimit64),   SCMP_SYS(readlink),     SCMP_SYS(mprotect),
    SCMP_SYS(ioctl),     SCMP_SYS(fstat),       SCMP_SYS(newfstatat),   SCMP_SYS(lseek),
};

static int allow_conditionally(scmp_filter_ctx filter, int channel)
{
    const uint64_t fd = (uint64_t)channel;
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1,
                                  SCMP_A0(SCMP_CMP_EQ, fd, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 1,
                               SCMP_A0(SCMP_CMP_EQ, fd, 0));
    /* never a file: one that is open for writing too could be changed without a write */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                               SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
    if (SANITIZED) {
        return failed;
    }
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    /* check() says where before it aborts: standard error of a worker is /dev/null */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                               SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(writev), 1,
                               SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 2,
                               SCMP_A0(SCMP_CMP_EQ, (uint64_t)getpid(), 0),
                               SCMP_A2(SCMP_CMP_EQ, SIGABRT, 0));
    return failed;
}

static int allow_all(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    }
    return failed;
}

static struct rc enter_seccomp(int channel)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL) {
        return (struct rc){.code = ERR_SYSTEM, .sys = ENOMEM};
    }
    int failed = allow_all(filter, allowed, COUNT_OF(allowed));
    failed |= allow_conditionally(filter, channel);
    if (SANITIZED) {
        failed |= allow_all(filter, sanitizer_allowed, COUNT_OF(sanitizer_allowed));
    }
    if (failed == 0) {
        failed = seccomp_load(filter);
    }
    seccomp_release(filter);
    return failed == 0 ? RC_OK : (struct rc){.code = ERR_SYSTEM, .sys = ENOSYS};
}

/* A rule set that handles every right on files and grants none. Returns the ABI, 0: none. */
static int enter_landlock(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi <= 0) {
        return 0;
    }
    /* 13 rights in ABI 1, REFER in 2: those that the oldest supported headers name */
    uint64_t rights = (UINT64_C(1) << 13) - 1;
    struct landlock_ruleset_attr attr = {.handled_access_fs = rights};
    long rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
    if (rules < 0) {
        return 0;
    }
    long failed = syscall(SYS_landlock_restrict_self, rules, 0);
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

static struct rc enter_limits(void)
{
    TRY(limit(RLIMIT_CORE, 0));
    TRY(limit(RLIMIT_FSIZE, 0));
    /* the four of spawn_fork, and one that was passed; the rest is slack */
    TRY(limit(RLIMIT_NOFILE, MAX_FDS));
    return SANITIZED ? RC_OK : limit(RLIMIT_DATA, SANDBOX_MEMORY_BYTES);
}

struct rc sandbox_enter(int channel, struct sandbox_report *out)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return rc_errno();
    }
    TRY(enter_limits());
    struct sandbox_report report = {.landlock_abi = enter_landlock()};
    TRY(enter_seccomp(channel));
    *out = report;
    return RC_OK;
}
