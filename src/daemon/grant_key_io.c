/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/grant_key_io.h"

#include "base/folder.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/random.h>

static struct rc make(int folder, struct buf *out)
{
    uint8_t seed[GRANT_KEY_IO_BYTES];
    if (getrandom(seed, sizeof(seed), 0) != sizeof(seed)) {
        return rc_errno();
    }
    buf_put(out, (struct str){(const char *)seed, sizeof(seed)});
    OPENSSL_cleanse(seed, sizeof(seed));
    return folder_replace(folder, GRANT_KEY_IO_NAME, 0600, bytes_of(buf_str(out)));
}

static struct rc public_half(struct bytes seed, uint8_t out[static GRANT_KEY_IO_BYTES])
{
    size_t n = GRANT_KEY_IO_BYTES;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed.p, seed.n);
    bool done = key != NULL && EVP_PKEY_get_raw_public_key(key, out, &n) == 1 &&
                n == GRANT_KEY_IO_BYTES;
    EVP_PKEY_free(key);
    return done ? RC_OK : rc_make(ERR_INTERNAL);
}

struct rc grant_key_io_open(int folder, uint8_t out_public[static GRANT_KEY_IO_BYTES])
{
    AUTO_BUF seed = BUF_WITH_CAP(4096);
    struct rc rc = folder_load(folder, GRANT_KEY_IO_NAME, GRANT_KEY_IO_BYTES, &seed);
    if (rc.sys == ENOENT) {
        rc = make(folder, &seed);
    }
    if (!rc_failed(rc) && seed.n != GRANT_KEY_IO_BYTES) {
        rc = rc_make(ERR_MALFORMED);
    }
    if (!rc_failed(rc)) {
        rc = public_half(bytes_of(buf_str(&seed)), out_public);
    }
    if (seed.n > 0) {
        OPENSSL_cleanse(seed.p, seed.n);
    }
    return rc;
}
