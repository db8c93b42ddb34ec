/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * note - text signed by one or more keys, Ed25519 (type 0x01).
 * src: c2sp.org/signed-note
 */
#ifndef LEDGER_NOTE_H
#define LEDGER_NOTE_H

#include "base/buf.h"
#include "base/rc.h"

enum {
    NOTE_MAX_BYTES = 64 << 10,
    NOTE_MAX_SIGNATURES = 64, /* the specification asks for 16 at least */
    NOTE_NAME_BYTES = 128,
    NOTE_KEY_BYTES = 32,
    NOTE_SIGNATURE_BYTES = 64,
};

/* A public key with its name, which holds neither blanks, controls nor "+". */
struct note_key {
    char name[NOTE_NAME_BYTES];
    size_t name_n;
    uint32_t id;
    uint8_t key[NOTE_KEY_BYTES];
};

struct note_signer;

static inline struct str note_key_name(const struct note_key *key)
{
    return (struct str){key->name, key->name_n};
}

MUST_USE bool note_name_valid(struct str name);

/*
 * A verifier key, "name+id+base64". fails MALFORMED, also when the id is not that of name and
 * key; UNSUPPORTED for a type other than Ed25519.
 */
MUST_USE struct rc note_key_parse(struct str vkey, struct note_key *out);
void note_key_put(const struct note_key *key, struct buf *out);

/* A new key. name: note_name_valid. */
struct note_signer *note_signer_make(struct str name);
/* "PRIVATE+KEY+name+id+base64"; fails as note_key_parse. */
MUST_USE struct rc note_signer_parse(struct str secret, struct note_signer **out);
/* The secret text; wipe out afterwards. */
void note_signer_put(const struct note_signer *signer, struct buf *out);
const struct note_key *note_signer_key(const struct note_signer *signer);
void note_signer_close(struct note_signer *signer);

/* text (it ends in a newline), an empty line, our signature; added to out. */
void note_sign(const struct note_signer *signer, struct str text, struct buf *out);
/*
 * note_open - the text of a note that at least one of the known keys signed.
 *
 * Signatures of other keys are ignored; one of a known key that is wrong rejects the note.
 * fails  MALFORMED, TOO_LONG, TOO_MANY, ENCODING; REJECTED: no signature, or a wrong one, of a
 *        known key
 */
MUST_USE struct rc note_open(struct str note, const struct note_key *known, size_t count,
                             struct str *out_text);
/* Overwrite what holds a secret, then free it. */
void note_wipe(struct buf *b);

#endif
