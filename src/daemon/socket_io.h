/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * socket_io - the sockets that the supervisor opens for its roles.
 */
#ifndef DAEMON_SOCKET_IO_H
#define DAEMON_SOCKET_IO_H

#include "base/rc.h"

/* A listening SOCK_SEQPACKET at this path, mode 0660, of this group; what a tocsind that died
 * left there goes. */
MUST_USE struct rc socket_io_listen(const char *path, uint32_t gid, int *out_fd);
/* AF_NETLINK for nftables, bound; -1: this process may not change the firewall. */
int socket_io_netlink(void);

#endif
