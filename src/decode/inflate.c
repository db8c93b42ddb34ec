/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/inflate.h"

#include "base/heap.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { BLOCK_BYTES = 128 * 1024 };

struct inflate {
    enum compression compression;
    inflate_sink *sink;
    void *context;
    z_stream gzip;
    ZSTD_DStream *zstd;
    uint64_t in_bytes, out_bytes;
    bool inside;  /* of a member: the stream may not end here */
    bool padding; /* zeros after the last member, as tapes and dd write */
    uint8_t block[BLOCK_BYTES];
};

struct inflate *inflate_open(enum compression compression, inflate_sink *sink, void *context)
{
    enum { GZIP_ONLY = 16 + MAX_WBITS };
    struct inflate *f = heap_zalloc(1, sizeof(*f));
    f->compression = compression;
    f->sink = sink;
    f->context = context;
    switch (compression) {
    case COMPRESSION_GZIP:
        check(inflateInit2(&f->gzip, GZIP_ONLY) == Z_OK);
        break;
    case COMPRESSION_ZSTD:
        f->zstd = ZSTD_createDStream();
        check(f->zstd != NULL);
        check(!ZSTD_isError(
            ZSTD_DCtx_setParameter(f->zstd, ZSTD_d_windowLogMax, INFLATE_MAX_WINDOW_LOG)));
        break;
    case COMPRESSION_NONE:
        check(false);
    }
    return f;
}

void inflate_close(struct inflate *f)
{
    if (f == NULL) {
        return;
    }
    if (f->compression == COMPRESSION_GZIP) {
        inflateEnd(&f->gzip);
    }
    ZSTD_freeDStream(f->zstd);
    heap_free(f);
}

static struct rc deliver(struct inflate *f, size_t n)
{
    f->out_bytes += n;
    if (f->out_bytes > INFLATE_FREE_BYTES &&
        (f->out_bytes - INFLATE_FREE_BYTES) / INFLATE_MAX_RATIO > f->in_bytes) {
        return rc_make(ERR_BOMB);
    }
    return n == 0 ? RC_OK : f->sink(f->context, (struct bytes){f->block, n});
}

static struct rc gzip_step(struct inflate *f, struct bytes *in)
{
    z_stream *z = &f->gzip;
    /* zlib's interface predates const. */
    z->next_in = (Bytef *)(uintptr_t)in->p;
    z->avail_in = (uInt)in->n;
    z->next_out = f->block;
    z->avail_out = BLOCK_BYTES;
    f->inside = true;
    int status = inflate(z, Z_NO_FLUSH);
    size_t used = in->n - z->avail_in, made = BLOCK_BYTES - z->avail_out;
    f->in_bytes += used;
    *in = (struct bytes){in->p + used, in->n - used};
    TRY(deliver(f, made));
    if (status == Z_STREAM_END) {
        f->inside = false;
        check(inflateReset(z) == Z_OK);
        return RC_OK;
    }
    bool stuck = status == Z_BUF_ERROR && used == 0 && made == 0 && in->n != 0;
    return (status == Z_OK || status == Z_BUF_ERROR) && !stuck ? RC_OK : rc_make(ERR_MALFORMED);
}

static struct rc gzip_feed(struct inflate *f, struct bytes in)
{
    bool more = true;
    while (more) {
        /* Between members only another one may follow, or padding to the end. */
        while (!f->inside && f->in_bytes != 0 && in.n != 0 && in.p[0] == 0) {
            f->padding = true;
            in = (struct bytes){in.p + 1, in.n - 1};
        }
        if (in.n == 0 && !f->inside) {
            return RC_OK;
        }
        if (f->padding) {
            return rc_make(ERR_TRAILING);
        }
        struct bytes part = {in.p, in.n < UINT32_MAX ? in.n : UINT32_MAX};
        size_t before = part.n;
        TRY(gzip_step(f, &part));
        in = (struct bytes){part.p, in.n - (before - part.n)};
        /* A full block may leave output inside zlib though the input is used up. */
        more = in.n != 0 || (f->inside && f->gzip.avail_out == 0);
    }
    return RC_OK;
}

static struct rc zstd_error(size_t status)
{
    ZSTD_ErrorCode code = ZSTD_getErrorCode(status);
    return rc_make(code == ZSTD_error_checksum_wrong                  ? ERR_CHECKSUM
                   : code == ZSTD_error_frameParameter_windowTooLarge ? ERR_UNSUPPORTED
                                                                      : ERR_MALFORMED);
}

static struct rc zstd_feed(struct inflate *f, struct bytes bytes)
{
    ZSTD_inBuffer in = {.src = bytes.p, .size = bytes.n};
    bool more = bytes.n != 0;
    while (more) {
        ZSTD_outBuffer out = {.dst = f->block, .size = BLOCK_BYTES};
        size_t before = in.pos;
        size_t status = ZSTD_decompressStream(f->zstd, &out, &in);
        f->in_bytes += in.pos - before;
        if (ZSTD_isError(status)) {
            return zstd_error(status);
        }
        f->inside = status != 0;
        TRY(deliver(f, out.pos));
        /* Between frames nothing is held back, and asking for it would begin another. */
        more = in.pos < in.size || (f->inside && out.pos == out.size);
    }
    return RC_OK;
}

struct rc inflate_feed(struct inflate *f, struct bytes in)
{
    return f->compression == COMPRESSION_GZIP ? gzip_feed(f, in) : zstd_feed(f, in);
}

struct rc inflate_end(const struct inflate *f)
{
    return f->inside ? rc_make(ERR_SHORT) : RC_OK;
}
