/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/note.h"

#include "base/base64.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/unicode.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { TYPE_ED25519 = 1, ID_DIGITS = 8, ID_BYTES = 4 };

#define DASH "\xE2\x80\x94 " /* em dash, blank */

struct note_signer {
    struct note_key key;
    EVP_PKEY *secret;
};

static bool is_space(uint32_t point)
{
    return point <= ' ' || point == 0x7F || point == 0x85 || point == 0xA0 || point == 0x1680 ||
           (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 ||
           point == 0x202F || point == 0x205F || point == 0x3000;
}

bool note_name_valid(struct str name)
{
    if (name.n == 0 || name.n > NOTE_NAME_BYTES || !unicode_is_utf8(name)) {
        return false;
    }
    while (name.n > 0) {
        unsigned n;
        uint32_t point = unicode_decode(name, &n);
        if (point == '+' || is_space(point)) {
            return false;
        }
        name = str_from(name, n);
    }
    return true;
}

/* src: signed-note, "key ID" */
static uint32_t key_id(struct str name, const uint8_t key[static NOTE_KEY_BYTES])
{
    static const uint8_t between[] = {'\n', TYPE_ED25519};
    uint8_t digest[HASH_SHA256_BYTES];
    struct hash_stream *h = hash_stream_open();
    hash_stream_add(h, bytes_of(name));
    hash_stream_add(h, (struct bytes){between, sizeof(between)});
    hash_stream_add(h, (struct bytes){key, NOTE_KEY_BYTES});
    hash_stream_end(h, digest);
    hash_stream_close(h);
    return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 |
           digest[3];
}

static bool id_parse(struct str s, uint32_t *out)
{
    uint32_t id = 0;
    for (size_t i = 0; i < s.n; i++) {
        int d = str_hex_digit(s.p[i]);
        if (d < 0 || (s.p[i] >= 'A' && s.p[i] <= 'F')) {
            return false;
        }
        id = id << 4 | (uint32_t)d;
    }
    *out = id;
    return s.n == ID_DIGITS;
}

/* "name+id+base64(type, key)"; sets all of *out but that the id may not be that of the key. */
static struct rc parse_parts(struct str s, struct note_key *out)
{
    uint8_t raw[1 + NOTE_KEY_BYTES + 32]; /* room to tell another type from a fault */
    size_t n = 0, plus = str_find_char(s, '+');
    struct str name = str_upto(s, plus), rest = str_from(s, plus == SIZE_MAX ? s.n : plus + 1);
    struct str data = str_from(rest, ID_DIGITS + 1);
    if (!note_name_valid(name) || rest.n < ID_DIGITS + 1 || rest.p[ID_DIGITS] != '+' ||
        !id_parse(str_upto(rest, ID_DIGITS), &out->id)) {
        return rc_make(ERR_MALFORMED);
    }
    bool decoded = base64_get(data, raw, sizeof(raw), &n);
    if (decoded && n > 0 && raw[0] != TYPE_ED25519) {
        return rc_make(ERR_UNSUPPORTED);
    }
    if (!decoded || n != 1 + NOTE_KEY_BYTES) {
        return rc_make(ERR_MALFORMED);
    }
    memcpy(out->name, name.p, name.n);
    out->name_n = name.n;
    memcpy(out->key, raw + 1, NOTE_KEY_BYTES);
    OPENSSL_cleanse(raw, sizeof(raw));
    return RC_OK;
}

struct rc note_key_parse(struct str vkey, struct note_key *out)
{
    struct note_key key = {0};
    TRY(parse_parts(vkey, &key));
    if (key.id != key_id(note_key_name(&key), key.key)) {
        return rc_make(ERR_MALFORMED);
    }
    *out = key;
    return RC_OK;
}

static void put_parts(struct buf *out, const struct note_key *key,
                      const uint8_t raw_key[static NOTE_KEY_BYTES])
{
    uint8_t raw[1 + NOTE_KEY_BYTES] = {TYPE_ED25519};
    memcpy(raw + 1, raw_key, NOTE_KEY_BYTES);
    buf_put(out, note_key_name(key));
    buf_printf(out, "+%08x+", key->id);
    base64_put(out, (struct bytes){raw, sizeof(raw)});
    OPENSSL_cleanse(raw, sizeof(raw));
}

void note_key_put(const struct note_key *key, struct buf *out)
{
    put_parts(out, key, key->key);
}

/* Takes over the secret. */
static struct note_signer *signer_of(struct str name, EVP_PKEY *secret)
{
    struct note_signer *signer = heap_zalloc(1, sizeof(*signer));
    size_t n = sizeof(signer->key.key);
    check(note_name_valid(name) && secret != NULL);
    signer->secret = secret;
    memcpy(signer->key.name, name.p, name.n);
    signer->key.name_n = name.n;
    check(EVP_PKEY_get_raw_public_key(secret, signer->key.key, &n) == 1);
    signer->key.id = key_id(name, signer->key.key);
    return signer;
}

struct note_signer *note_signer_make(struct str name)
{
    return signer_of(name, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

struct rc note_signer_parse(struct str secret, struct note_signer **out)
{
    static const struct str prefix = STR_INIT("PRIVATE+KEY+");
    struct note_key parts = {0};
    if (!str_starts(secret, prefix)) {
        return rc_make(ERR_MALFORMED);
    }
    TRY(parse_parts(str_from(secret, prefix.n), &parts));
    struct note_signer *signer = signer_of(
        note_key_name(&parts),
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, parts.key, sizeof(parts.key)));
    OPENSSL_cleanse(parts.key, sizeof(parts.key));
    if (signer->key.id != parts.id) {
        note_signer_close(signer);
        return rc_make(ERR_MALFORMED);
    }
    *out = signer;
    return RC_OK;
}

void note_signer_put(const struct note_signer *signer, struct buf *out)
{
    uint8_t raw[NOTE_KEY_BYTES];
    size_t n = sizeof(raw);
    check(EVP_PKEY_get_raw_private_key(signer->secret, raw, &n) == 1);
    check(buf_reserve(out, NOTE_NAME_BYTES + 128)); /* no copy is left behind by growing */
    buf_puts(out, "PRIVATE+KEY+");
    put_parts(out, &signer->key, raw);
    OPENSSL_cleanse(raw, sizeof(raw));
}

const struct note_key *note_signer_key(const struct note_signer *signer)
{
    return &signer->key;
}

void note_signer_close(struct note_signer *signer)
{
    if (signer != NULL) {
        EVP_PKEY_free(signer->secret);
        heap_free(signer);
    }
}

void note_sign(const struct note_signer *signer, struct str text, struct buf *out)
{
    uint8_t raw[ID_BYTES + NOTE_SIGNATURE_BYTES];
    size_t n = NOTE_SIGNATURE_BYTES;
    check(str_ends(text, STR("\n")));
    for (unsigned i = 0; i < ID_BYTES; i++) {
        raw[i] = (uint8_t)(signer->key.id >> (24 - 8 * i));
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    check(context != NULL);
    check(EVP_DigestSignInit(context, NULL, NULL, NULL, signer->secret) == 1);
    check(EVP_DigestSign(context, raw + ID_BYTES, &n, (const uint8_t *)text.p, text.n) == 1 &&
          n == NOTE_SIGNATURE_BYTES);
    EVP_MD_CTX_free(context);
    buf_put(out, text);
    buf_puts(out, "\n" DASH);
    buf_put(out, note_key_name(&signer->key));
    buf_putc(out, ' ');
    base64_put(out, (struct bytes){raw, sizeof(raw)});
    buf_putc(out, '\n');
}

static bool signature_good(const struct note_key *key, struct bytes signature, struct str text)
{
    if (signature.n != NOTE_SIGNATURE_BYTES) {
        return false;
    }
    EVP_PKEY *public_key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->key, sizeof(key->key));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    check(context != NULL);
    bool good = public_key != NULL &&
                EVP_DigestVerifyInit(context, NULL, NULL, NULL, public_key) == 1 &&
                EVP_DigestVerify(context, signature.p, signature.n, (const uint8_t *)text.p,
                                 text.n) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public_key);
    return good;
}

/* One signature line without its newline. *good is set when a known key made it. */
static struct rc check_line(struct str line, struct str text, const struct note_key *known,
                            size_t count, bool *good)
{
    struct str rest = str_from(line, sizeof(DASH) - 1);
    size_t blank = str_find_char(rest, ' '), n = 0;
    struct str name = str_upto(rest, blank);
    struct str data = str_from(rest, blank == SIZE_MAX ? rest.n : blank + 1);
    AUTO_HEAP uint8_t *raw = heap_alloc(data.n);
    if (!str_starts(line, STR(DASH)) || !note_name_valid(name) ||
        !base64_get(data, raw, data.n, &n) || n <= ID_BYTES) {
        return rc_make(ERR_MALFORMED);
    }
    uint32_t id =
        (uint32_t)raw[0] << 24 | (uint32_t)raw[1] << 16 | (uint32_t)raw[2] << 8 | raw[3];
    for (size_t i = 0; i < count; i++) {
        if (known[i].id != id || !str_eq(note_key_name(&known[i]), name)) {
            continue;
        }
        if (!signature_good(&known[i], (struct bytes){raw + ID_BYTES, n - ID_BYTES}, text)) {
            return rc_make(ERR_REJECTED);
        }
        *good = true;
    }
    return RC_OK;
}

static struct rc check_characters(struct str note)
{
    for (size_t i = 0; i < note.n; i++) {
        if ((unsigned char)note.p[i] < ' ' && note.p[i] != '\n') {
            return rc_at(ERR_MALFORMED, i);
        }
    }
    return unicode_is_utf8(note) ? RC_OK : rc_make(ERR_ENCODING);
}

/* Offset of the last empty line's newline, or SIZE_MAX. */
static size_t find_last_empty_line(struct str note)
{
    for (size_t i = note.n; i > 1; i--) {
        if (note.p[i - 1] == '\n' && note.p[i - 2] == '\n') {
            return i - 1;
        }
    }
    return SIZE_MAX;
}

struct rc note_open(struct str note, const struct note_key *known, size_t count,
                    struct str *out_text)
{
    if (note.n > NOTE_MAX_BYTES) {
        return rc_at(ERR_TOO_LONG, NOTE_MAX_BYTES);
    }
    TRY(check_characters(note));
    size_t empty = find_last_empty_line(note);
    if (empty == SIZE_MAX || empty + 1 == note.n) {
        return rc_make(ERR_MALFORMED);
    }
    struct str text = str_upto(note, empty), lines = str_from(note, empty + 1);
    bool good = false;
    for (unsigned i = 0; lines.n > 0; i++) {
        size_t end = str_find_char(lines, '\n');
        if (end == SIZE_MAX || i == NOTE_MAX_SIGNATURES) {
            return rc_make(end == SIZE_MAX ? ERR_MALFORMED : ERR_TOO_MANY);
        }
        TRY(check_line(str_upto(lines, end), text, known, count, &good));
        lines = str_from(lines, end + 1);
    }
    if (!good) {
        return rc_make(ERR_REJECTED);
    }
    *out_text = text;
    return RC_OK;
}

void note_wipe(struct buf *b)
{
    if (b->p != NULL) {
        OPENSSL_cleanse(b->p, b->room);
    }
    buf_free(b);
}
