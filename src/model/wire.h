/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wire - the messages between our processes as structs, and their encoding. Everything here is
 * made from model/wire.def.
 */
#ifndef MODEL_WIRE_H
#define MODEL_WIRE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "model/ipaddr.h"
#include "model/role.h"

enum {
    WIRE_PROTOCOL = 1,
    WIRE_ID_BYTES = 16,
    WIRE_SIGNATURE_BYTES = 64,
};

enum wire_type {
    WIRE_NONE,
#define MESSAGE(identifier, name, from, to, cap_bytes, meaning) WIRE_##identifier,
#include "model/wire.def"
    WIRE_COUNT
};

/* struct wire_attach { uint8_t peer; } and so on; bytes and text are borrowed. */
#define WIRE_FIELD_u8(name)        uint8_t name;
#define WIRE_FIELD_u16(name)       uint16_t name;
#define WIRE_FIELD_u32(name)       uint32_t name;
#define WIRE_FIELD_u64(name)       uint64_t name;
#define WIRE_FIELD_i64(name)       int64_t name;
#define WIRE_FIELD_id(name)        uint8_t name[WIRE_ID_BYTES];
#define WIRE_FIELD_digest(name)    uint8_t name[HASH_SHA256_BYTES];
#define WIRE_FIELD_signature(name) uint8_t name[WIRE_SIGNATURE_BYTES];
#define WIRE_FIELD_addr(name)      struct ipaddr name;
#define WIRE_FIELD_bytes(name)     struct bytes name;
#define WIRE_FIELD_text(name)      struct str name;
#define WIRE_FIELD(type, name)     WIRE_FIELD_##type(name)
#define MESSAGE(identifier, name, from, to, cap_bytes, meaning)                                \
    struct wire_##name {                                                                       \
        FIELDS_##name(WIRE_FIELD)                                                              \
    };
#include "model/wire.def"

/* One message: its type and its fields. */
struct wire_message {
    enum wire_type type;
    union {
#define MESSAGE(identifier, name, from, to, cap_bytes, meaning) struct wire_##name name;
#include "model/wire.def"
    };
};

struct str wire_name(enum wire_type type);
/* May this role send that message to that one? */
bool wire_permitted(enum wire_type type, enum role from, enum role to);
bool wire_carries_fd(enum wire_type type);
size_t wire_cap(enum wire_type type);

/* Appends type and fields; a message of ours past its cap is a bug. */
void wire_encode(struct buf *out, const struct wire_message *m);

/*
 * wire_decode - what a peer sent. Any failure means that it is compromised.
 *
 * frame  borrowed as long as *out lives
 * fails  SHORT, TRAILING, MALFORMED (type, role, range), ENCODING, TOO_LONG
 */
MUST_USE struct rc wire_decode(struct bytes frame, enum role from, enum role to,
                               struct wire_message *out);

/* Lists inside a bytes field: append one, take the next (false: none left, or malformed). */
void wire_list_put(struct buf *list, struct bytes item);
MUST_USE bool wire_list_next(struct bytes *list, struct bytes *out);

#endif
