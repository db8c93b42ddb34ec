/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A signed note, a key and a checkpoint from somebody else.
 */
#include "ledger/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = str_bytes((struct bytes){data, size});
    struct note_key key, other;
    struct checkpoint checkpoint;
    struct str text;
    check(!rc_failed(note_key_parse(
        STR("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"), &key)));
    if (!rc_failed(note_open(in, &key, 1, &text))) {
        check(text.n < size && text.p == in.p && str_ends(text, STR("\n")));
    }
    if (!rc_failed(note_key_parse(in, &other))) {
        AUTO_BUF again = {0};
        note_key_put(&other, &again);
        check(str_eq(buf_str(&again), in));
    }
    if (!rc_failed(checkpoint_parse(in, &checkpoint))) {
        AUTO_BUF again = {0};
        checkpoint_put(&checkpoint, &again);
        check(str_starts(in, buf_str(&again)));
    }
    struct note_signer *signer = NULL;
    if (!rc_failed(note_signer_parse(in, &signer))) {
        note_signer_close(signer);
    }
    return 0;
}
