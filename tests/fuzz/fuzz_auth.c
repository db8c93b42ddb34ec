/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The input as a message, then as the name and as the certificate's id in messages of sshd:
 * whatever it says, no address but sshd's own comes out.
 */
#include "base/buf.h"
#include "decode/auth_sshd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PEER "192.0.2.7 port 22"
#define KEY  "ED25519 SHA256:II43MMGjA1YCmeQII2ZjIncaRiwSazE0VcOQ3TiM/u8"

enum { NAME_BYTES = 1024 }; /* sshd cuts names far before */

static bool read_with(struct str name, const char *before, const char *after)
{
    AUTO_BUF message = {0};
    struct auth_sshd a;
    struct ipaddr own;
    buf_puts(&message, before);
    buf_put(&message, name);
    buf_puts(&message, after);
    check(ipaddr_parse(STR("192.0.2.7"), &own));
    if (!auth_sshd_parse(buf_str(&message), &a)) {
        return false;
    }
    check(ipaddr_eq(&a.address, &own));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct auth_sshd a;
    if (auth_sshd_parse(text, &a)) {
        check(a.user.n <= size && a.port.n <= size && a.repeated >= 1);
        check(a.kind <= AUTH_SSHD_CLOSED);
        check(a.user.n == 0 || (a.user.p >= text.p && a.user.p + a.user.n <= text.p + size));
    }
    struct str name = str_upto(text, NAME_BYTES);
    static const struct {
        const char *before, *after;
    } messages[] = {
        {"Failed password for invalid user ", " from " PEER " ssh2"},
        {"Failed publickey for invalid user ", " from " PEER " ssh2: " KEY},
        {"Failed publickey for invalid user ",
         " from " PEER " ssh2: " KEY " ID x (serial 1) CA " KEY},
        {"Invalid user ", " from " PEER},
        {"Connection closed by invalid user ", " " PEER " [preauth]"},
        {"error: maximum authentication attempts exceeded for invalid user ",
         " from " PEER " ssh2 [preauth]"},
        {"error: PAM: Authentication failure for illegal user ", " from 192.0.2.7"},
    };
    /* A name with a colon is none of sshd's: such a message says other things. */
    bool possible = str_find_char(name, ':') == SIZE_MAX;
    for (size_t i = 0; possible && i < COUNT_OF(messages); i++) {
        check(read_with(name, messages[i].before, messages[i].after));
    }
    check(read_with(name, "Failed publickey for alice from " PEER " ssh2: " KEY " ID ",
                    " (serial 0) CA " KEY));
    return 0;
}
