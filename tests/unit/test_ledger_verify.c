/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever is changed in a ledger is found, and where it is. */
#include "test.h"

#include "ledger_sample.h"

#include "ledger/verify_io.h"

enum { TOLD = 16 };

struct told {
    struct damage damage[TOLD];
    size_t n;
};

static void tell(void *context, const struct damage *damage)
{
    struct told *told = context;
    if (told->n < TOLD) {
        told->damage[told->n++] = *damage;
    }
}

static struct verify_report verify(const struct sample *s, struct told *told)
{
    struct verify_report report;
    struct verify_opts opts = {.tell = tell, .context = told};
    told->n = 0;
    assert_ok(verify_io_run(s->folder, &opts, &report));
    return report;
}

/* Six batches; where each begins in the segment. */
static size_t batch_at[7];

static void make_small(struct sample *s)
{
    sample_make(s);
    for (int i = 0; i < 6; i++) {
        batch_at[i] = (size_t)store_io_offset(s->store);
        if (i % 3 == 2) {
            sample_fact(s, (uint8_t)i, "{\"fact\":\"finding\"}");
        } else {
            sample_records(s, i % 2 == 0 ? "a line of a log" : "another line", 3);
        }
    }
    batch_at[6] = (size_t)store_io_offset(s->store);
    assert_ok(store_io_checkpoint(s->store));
    sample_close(s);
}

static void a_sound_ledger(void **state)
{
    (void)state;
    struct sample s;
    struct told told;
    sample_make(&s);
    struct verify_report report = verify(&s, &told); /* empty, and open */
    assert_int_equal(report.damages, 0);
    assert_int_equal(report.batches, 0);
    sample_end(&s);
    make_small(&s);
    report = verify(&s, &told);
    assert_int_equal(told.n, 0);
    assert_int_equal(report.batches, 6);
    assert_int_equal(report.records, 12);
    assert_int_equal(report.facts, 2);
    assert_int_equal(report.signed_batches, 6);
    assert_int_equal(report.segments, 1);
    assert_str(note_key_name(&report.key), "test.example/ledger");
    sample_end(&s);
}

/* Batches past the checkpoint, and an append under way, are no damage. */
static void a_ledger_that_grows(void **state)
{
    (void)state;
    struct sample s;
    struct told told;
    AUTO_BUF file = {0};
    make_small(&s);
    assert_ok(sample_reopen(&s));
    sample_records(&s, "more", 1);
    struct verify_report report = verify(&s, &told);
    assert_int_equal(told.n, 0);
    assert_int_equal(report.batches, 7);
    assert_int_equal(report.signed_batches, 6);
    assert_int_equal(report.tail_bytes, 0);
    sample_close(&s);
    sample_load(&s, SAMPLE_SEGMENT, &file);
    sample_save(&s, SAMPLE_SEGMENT, str_upto(buf_str(&file), file.n - 20));
    report = verify(&s, &told);
    assert_int_equal(told.n, 0);
    assert_int_equal(report.batches, 6);
    assert_int_not_equal(report.tail_bytes, 0);
    sample_end(&s);
}

static size_t batch_of(size_t byte)
{
    size_t i = 0;
    while (i < 6 && batch_at[i + 1] <= byte) {
        i++;
    }
    return i;
}

static void every_flipped_bit_of_a_segment_is_found_and_located(void **state)
{
    (void)state;
    struct sample s;
    struct told told;
    AUTO_BUF file = {0};
    size_t entries_found = 0;
    make_small(&s);
    sample_load(&s, SAMPLE_SEGMENT, &file);
    assert_int_equal(file.n, batch_at[6]);
    for (size_t bit = 0; bit < file.n * 8; bit++) {
        size_t byte = bit / 8;
        file.p[byte] ^= (char)(1 << bit % 8);
        sample_save(&s, SAMPLE_SEGMENT, buf_str(&file));
        file.p[byte] ^= (char)(1 << bit % 8);
        struct verify_report report = verify(&s, &told);
        assert_int_not_equal(report.damages, 0);
        const struct damage *first = &told.damage[0];
        assert_int_equal(first->segment, 0);
        if (byte < SEGMENT_TITLE_BYTES) {
            assert_int_equal(first->kind, byte == 0 && first->kind != DAMAGE_TITLE
                                              ? DAMAGE_SIZE
                                              : DAMAGE_TITLE);
            continue;
        }
        assert_int_equal(first->batch, batch_of(byte));
        assert_int_equal(first->offset, batch_at[batch_of(byte)]);
        entries_found += first->kind == DAMAGE_ENTRY;
    }
    assert_int_not_equal(entries_found, 0);
    sample_end(&s);
}

static void every_flipped_bit_beside_it_is_found(void **state)
{
    (void)state;
    static const char *const names[] = {"checkpoint", "vkey"};
    struct sample s;
    struct told told;
    make_small(&s);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        AUTO_BUF file = {0};
        sample_load(&s, names[i], &file);
        for (size_t bit = 0; bit < file.n * 8; bit++) {
            file.p[bit / 8] ^= (char)(1 << bit % 8);
            sample_save(&s, names[i], buf_str(&file));
            file.p[bit / 8] ^= (char)(1 << bit % 8);
            (void)verify(&s, &told);
            assert_int_not_equal(told.n, 0);
            assert_in_set(told.damage[0].kind, ((uintmax_t[]){DAMAGE_CHECKPOINT, DAMAGE_KEY}),
                          2);
        }
        sample_save(&s, names[i], buf_str(&file));
    }
    assert_int_equal(unlinkat(s.folder, "checkpoint", 0), 0);
    (void)verify(&s, &told);
    assert_int_equal(told.damage[0].kind, DAMAGE_CHECKPOINT);
    sample_end(&s);
}

/* The segment made of its frames in the given order. */
static void save_frames(const struct sample *s, const struct buf *file, const char *order)
{
    AUTO_BUF out = {0};
    buf_put(&out, str_upto(buf_str(file), SEGMENT_TITLE_BYTES));
    for (; *order != 0; order++) {
        size_t i = (size_t)(*order - '0');
        buf_put(&out, str_from(str_upto(buf_str(file), batch_at[i + 1]), batch_at[i]));
    }
    sample_save(s, SAMPLE_SEGMENT, buf_str(&out));
}

static void removed_moved_and_doubled_batches_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *order;
        enum damage_kind kind;
        uint64_t batch;
    } cases[] = {
        {"01345", DAMAGE_ORDER, 2},   {"12345", DAMAGE_ORDER, 0},  {"01234", DAMAGE_SIZE, 6},
        {"", DAMAGE_SIZE, 6},         {"021345", DAMAGE_ORDER, 1}, {"0122345", DAMAGE_ORDER, 3},
        {"0123455", DAMAGE_ORDER, 6}, {"543210", DAMAGE_ORDER, 0},
    };
    struct sample s;
    struct told told;
    AUTO_BUF file = {0};
    make_small(&s);
    sample_load(&s, SAMPLE_SEGMENT, &file);
    save_frames(&s, &file, "012345");
    (void)verify(&s, &told);
    assert_int_equal(told.n, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        save_frames(&s, &file, cases[i].order);
        (void)verify(&s, &told);
        assert_int_not_equal(told.n, 0);
        assert_int_equal(told.damage[0].kind, cases[i].kind);
        assert_int_equal(told.damage[0].batch, cases[i].batch);
    }
    sample_end(&s);
}

/* Somebody who knows the format writes batch 1 anew, with every checksum right. */
static void forge(const struct sample *s, const struct buf *file, bool with_root)
{
    struct payload_codec *codec = payload_open();
    struct payload_entry entries[3] = {sample_entry("another line 0"), sample_entry("forged"),
                                       sample_entry("another line 2")};
    struct payload_packed packed;
    struct segment_frame frame;
    struct batch_header header;
    uint64_t leaf, seed;
    AUTO_BUF out = {0}, text = {0};
    assert_ok(segment_title_parse(buf_str(file), &leaf, &seed));
    struct str old = str_from(str_upto(buf_str(file), batch_at[2]), batch_at[1]);
    assert_ok(segment_frame_parse(bytes_of(old), seed, &frame));
    assert_ok(batch_parse(frame.header, &header));
    assert_ok(payload_pack(codec, BATCH_RECORDS, entries, 3, &packed));
    header.root = with_root ? packed.root : header.root;
    batch_encode(&header, &text);
    frame.header = buf_str(&text);
    frame.packed = packed.packed;
    frame.head.raw_bytes = packed.raw_bytes;
    buf_put(&out, str_upto(buf_str(file), batch_at[1]));
    segment_put(&frame, seed, &out);
    buf_put(&out, str_from(buf_str(file), batch_at[2]));
    sample_save(s, SAMPLE_SEGMENT, buf_str(&out));
    payload_close(codec);
}

static void a_forged_record_is_found(void **state)
{
    (void)state;
    struct sample s;
    struct told told;
    AUTO_BUF file = {0};
    make_small(&s);
    sample_load(&s, SAMPLE_SEGMENT, &file);
    forge(&s, &file, false);
    (void)verify(&s, &told);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.damage[0].kind, DAMAGE_ROOT);
    assert_int_equal(told.damage[0].batch, 1);
    assert_int_equal(told.damage[0].first, 3);
    assert_int_equal(told.damage[0].count, 3);
    forge(&s, &file, true); /* now only the signature is in the way */
    (void)verify(&s, &told);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.damage[0].kind, DAMAGE_TREE);
    assert_fails(sample_reopen(&s), REJECTED);
    assert_int_equal(s.report.damage.kind, DAMAGE_TREE);
    sample_end(&s);
}

/* A log that was made anew, with its own key, is not the one that an old checkpoint knows. */
static void an_older_checkpoint_binds(void **state)
{
    (void)state;
    struct sample s;
    struct told told = {0};
    struct verify_report report;
    AUTO_BUF old = {0}, vkey = {0};
    struct note_key key;
    make_small(&s);
    sample_load(&s, "checkpoint", &old);
    sample_load(&s, "vkey", &vkey);
    assert_ok(note_key_parse(str_upto(buf_str(&vkey), vkey.n - 1), &key));
    assert_ok(sample_reopen(&s));
    sample_records(&s, "later", 1);
    assert_ok(store_io_checkpoint(s.store));
    sample_close(&s);
    struct verify_opts opts = {
        .tell = tell, .context = &told, .key = &key, .checkpoint = buf_str(&old)};
    assert_ok(verify_io_run(s.folder, &opts, &report));
    assert_int_equal(report.damages, 0);
    sample_empty(&s);
    s.seq = 0;
    assert_ok(sample_reopen(&s));
    sample_records(&s, "a new history", 2);
    assert_ok(store_io_checkpoint(s.store));
    sample_close(&s);
    opts.key = NULL;
    assert_ok(verify_io_run(s.folder, &opts, &report));
    assert_int_equal(told.damage[0].kind, DAMAGE_CHECKPOINT); /* the old one: another key */
    opts.key = &key;
    told.n = 0;
    assert_ok(verify_io_run(s.folder, &opts, &report));
    assert_int_equal(told.damage[0].kind, DAMAGE_CHECKPOINT); /* the new one */
    assert_int_equal(told.damage[1].kind, DAMAGE_SIZE);       /* and the old one is not met */
    sample_end(&s);
}

/* Three small segments, made by writing the frames of one ledger into files of their own. */
static void split(const struct sample *s, const struct buf *file, size_t skipped)
{
    static const size_t first[] = {0, 2, 4, 6};
    uint64_t leaf, seed;
    assert_ok(segment_title_parse(buf_str(file), &leaf, &seed));
    for (size_t i = 0; i < 3; i++) {
        AUTO_BUF out = {0};
        char name[SEGMENT_NAME_BYTES];
        segment_name(first[i], name);
        segment_title(first[i], seed, &out);
        buf_put(&out,
                str_from(str_upto(buf_str(file), batch_at[first[i + 1]]), batch_at[first[i]]));
        if (i == skipped) {
            (void)unlinkat(s->folder, name, 0);
        } else {
            sample_save(s, name, buf_str(&out));
        }
    }
}

static void missing_and_swapped_segments_are_found(void **state)
{
    (void)state;
    struct sample s;
    struct told told;
    AUTO_BUF file = {0}, second = {0}, third = {0};
    make_small(&s);
    sample_load(&s, SAMPLE_SEGMENT, &file);
    split(&s, &file, 3);
    struct verify_report report = verify(&s, &told);
    assert_int_equal(told.n, 0);
    assert_int_equal(report.segments, 3);
    assert_int_equal(report.batches, 6);
    for (size_t i = 0; i < 3; i++) {
        split(&s, &file, i);
        (void)verify(&s, &told);
        assert_int_not_equal(told.n, 0);
        assert_int_equal(told.damage[0].kind, i == 2 ? DAMAGE_SIZE : DAMAGE_STRAY);
        assert_int_equal(told.damage[0].segment, i == 0 ? 2 : i == 1 ? 4 : 0);
        assert_fails(sample_reopen(&s), REJECTED);
    }
    split(&s, &file, 3);
    sample_load(&s, "00000000000000000002.segment", &second);
    sample_load(&s, "00000000000000000004.segment", &third);
    sample_save(&s, "00000000000000000002.segment", buf_str(&third));
    (void)verify(&s, &told);
    assert_int_equal(told.damage[0].kind, DAMAGE_TITLE);
    assert_int_equal(told.damage[0].segment, 2);
    buf_putc(&second, 0); /* room in a segment that has a successor */
    sample_save(&s, "00000000000000000002.segment", buf_str(&second));
    (void)verify(&s, &told);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.damage[0].kind, DAMAGE_ROOM);
    assert_fails(sample_reopen(&s), REJECTED);
    sample_end(&s);
}

static void damage_reads_well(void **state)
{
    (void)state;
    AUTO_BUF out = {0};
    struct damage damage = {
        .kind = DAMAGE_ENTRY, .segment = 0, .offset = 87, .batch = 5, .first = 12, .count = 1};
    damage_text(&damage, &out);
    assert_str(buf_str(&out),
               "segment 00000000000000000000.segment, byte 87, batch 5, entry 12: "
               "the entry was changed");
    for (int kind = 0; kind < DAMAGE_COUNT; kind++) {
        buf_clear(&out);
        damage.kind = (enum damage_kind)kind;
        damage.count = 3;
        damage_text(&damage, &out);
        assert_in_range(out.n, 10, 300);
        assert_int_not_equal(damage_name(damage.kind).n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_ledger),
        cmocka_unit_test(a_ledger_that_grows),
        cmocka_unit_test(every_flipped_bit_of_a_segment_is_found_and_located),
        cmocka_unit_test(every_flipped_bit_beside_it_is_found),
        cmocka_unit_test(removed_moved_and_doubled_batches_are_found),
        cmocka_unit_test(a_forged_record_is_found),
        cmocka_unit_test(an_older_checkpoint_binds),
        cmocka_unit_test(missing_and_swapped_segments_are_found),
        cmocka_unit_test(damage_reads_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
