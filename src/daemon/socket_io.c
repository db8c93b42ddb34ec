/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/socket_io.h"

#include "base/file.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16 };

struct rc socket_io_listen(const char *path, uint32_t gid, int *out_fd)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n >= sizeof(at.sun_path)) {
        return (struct rc){.code = ERR_SYSTEM, .sys = ENAMETOOLONG};
    }
    memcpy(at.sun_path, path, n);
    AUTO_FD fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || (unlink(path) != 0 && errno != ENOENT)) {
        return rc_errno();
    }
    mode_t before = umask(0117);
    int bound = bind(fd, (const struct sockaddr *)&at, sizeof(at));
    umask(before);
    if (bound != 0 || (gid != 0 && lchown(path, (uid_t)-1, gid) != 0) ||
        listen(fd, BACKLOG) != 0) {
        return rc_errno();
    }
    int kept = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (kept < 0) {
        return rc_errno();
    }
    *out_fd = kept;
    return RC_OK;
}

static bool has_net_admin(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
    return syscall(SYS_capget, &head, sets) == 0 &&
           (sets[0].effective & UINT32_C(1) << CAP_NET_ADMIN) != 0;
}

int socket_io_netlink(void)
{
    if (!has_net_admin()) {
        return -1;
    }
    struct sockaddr_nl at = {.nl_family = AF_NETLINK};
    AUTO_FD fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
        return -1;
    }
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}
