/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walk over evidence: order, links, odd files, hostile names, very large folders.
 */
#include "base/buf.h"
#include "ingest/evidence_io.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* A fresh folder, and the process in it. */
static int enter_temp(void **state)
{
    char *folder = strdup("/tmp/tocsin-evidence-XXXXXX");
    *state = folder;
    return folder != NULL && mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int leave_temp(void **state)
{
    AUTO_BUF command = {0};
    buf_puts(&command, "rm -rf ");
    buf_puts(&command, *state);
    buf_putc(&command, '\0');
    int failed = chdir("/") | system(command.p);
    free(*state);
    return failed;
}

/* "kind path size; …" of a walk over one path. */
static void list(const char *path, struct buf *out)
{
    static const char letter[] = {[EVIDENCE_FILE] = 'F',
                                  [EVIDENCE_STREAM] = 'S',
                                  [EVIDENCE_IGNORED] = 'I',
                                  [EVIDENCE_UNREAD] = 'U'};
    buf_clear(out);
    struct evidence *e = evidence_io_open(&path, 1);
    struct evidence_item item;
    while (evidence_io_next(e, &item)) {
        buf_putc(out, letter[item.kind]);
        buf_putc(out, ' ');
        buf_put(out, item.path);
        if (item.kind == EVIDENCE_FILE) {
            buf_putc(out, ' ');
            buf_u64(out, item.size);
        }
        if (item.kind == EVIDENCE_IGNORED || item.kind == EVIDENCE_UNREAD) {
            buf_putc(out, ' ');
            buf_puts(out, item.reason);
            assert_int_equal(item.fd, -1);
        } else {
            assert_int_equal(close(item.fd), 0);
        }
        buf_puts(out, ";");
    }
    evidence_io_close(e);
}

static void test_order_and_names(void **state)
{
    (void)state;
    AUTO_BUF out = {0};
    assert_int_equal(mkdir("t", 0755), 0);
    assert_int_equal(mkdir("t/m", 0755), 0);
    put_file("t/z", "1");
    put_file("t/a\nb", "22");
    put_file("t/m/x", "");
    put_file("t/B", "4444");
    put_file("t/.hidden", "h");
    list("t", &out);
    assert_str(buf_str(&out), "F t/.hidden 1;F t/B 4;F t/a\nb 2;F t/m/x 0;F t/z 1;");
    list("t/", &out);
    assert_str(buf_str(&out), "F t/.hidden 1;F t/B 4;F t/a\nb 2;F t/m/x 0;F t/z 1;");
    list("t/B", &out);
    assert_str(buf_str(&out), "F t/B 4;");
}

static void test_absent(void **state)
{
    (void)state;
    AUTO_BUF out = {0};
    list("none", &out);
    assert_str(buf_str(&out), "U none No such file or directory;");
    list("", &out);
    assert_str(buf_str(&out), "U  No such file or directory;");
}

static void test_links(void **state)
{
    (void)state;
    AUTO_BUF out = {0};
    assert_int_equal(mkdir("l", 0755), 0);
    assert_int_equal(mkdir("l/d", 0755), 0);
    put_file("l/d/f", "x");
    assert_int_equal(symlink("d/f", "l/file"), 0);
    assert_int_equal(symlink("..", "l/d/up"), 0);
    assert_int_equal(symlink("self", "l/self"), 0);
    assert_int_equal(symlink("nowhere", "l/gone"), 0);
    list("l", &out);
    assert_str(buf_str(&out),
               "F l/d/f 1;"
               "U l/d/up is a link, not followed: name what it leads to, to read that;"
               "U l/file is a link, not followed: name what it leads to, to read that;"
               "U l/gone is a link, not followed: name what it leads to, to read that;"
               "U l/self is a link, not followed: name what it leads to, to read that;");
    /* what the user names is followed */
    assert_int_equal(symlink("l/d", "named"), 0);
    assert_int_equal(unlink("l/d/up"), 0);
    list("named", &out);
    assert_str(buf_str(&out), "F named/f 1;");
    list("l/self", &out);
    assert_str(buf_str(&out), "U l/self is a loop of links;");
}

static void test_odd_files(void **state)
{
    (void)state;
    AUTO_BUF out = {0};
    assert_int_equal(mkdir("o", 0755), 0);
    assert_int_equal(mkfifo("o/pipe", 0644), 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "o/sock"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    list("o", &out);
    assert_str(buf_str(&out), "I o/pipe is a named pipe;I o/sock is a socket;");
    list("o/pipe", &out); /* does not hang without a writer */
    assert_str(buf_str(&out), "S o/pipe;");
    list("o/sock", &out);
    assert_str(buf_str(&out), "U o/sock is a socket;");
    list("/dev/null", &out);
    assert_str(buf_str(&out), "U /dev/null is a device;");
}

static void test_unreadable_folder(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        print_message("skip  unreadable_folder: root reads everything\n");
        skip();
    }
    AUTO_BUF out = {0};
    assert_int_equal(mkdir("u", 0755), 0);
    assert_int_equal(mkdir("u/no", 0), 0);
    put_file("u/yes", "y");
    list("u", &out);
    assert_int_equal(chmod("u/no", 0755), 0);
    assert_str(buf_str(&out), "U u/no Permission denied;F u/yes 1;");
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    char *home = *state;
    enum { DEEP = EVIDENCE_MAX_DEPTH + 20 };
    for (int i = 0; i < DEEP; i++) {
        assert_int_equal(mkdir("deep", 0755), 0);
        assert_int_equal(chdir("deep"), 0);
        put_file("a", "a");
    }
    assert_int_equal(chdir(home), 0);
    const char *path = "deep";
    struct evidence *e = evidence_io_open(&path, 1);
    struct evidence_item item;
    size_t files = 0, unread = 0;
    while (evidence_io_next(e, &item)) {
        files += item.kind == EVIDENCE_FILE;
        unread += item.kind == EVIDENCE_UNREAD;
        if (item.fd >= 0) {
            close(item.fd);
        }
    }
    evidence_io_close(e);
    assert_int_equal(files, EVIDENCE_MAX_DEPTH);
    assert_int_equal(unread, 1);
}

/* More names than a level has room for: read in portions, each once, in order. */
static void test_large_folder(void **state)
{
    (void)state;
    enum { FILES = 1500, DEPTH = 40 };
    char name[256];
    /* forty levels down a level has the least room, 64 KiB */
    assert_int_equal(mkdir("large", 0755), 0);
    assert_int_equal(chdir("large"), 0);
    for (int i = 0; i < DEPTH; i++) {
        assert_int_equal(mkdir("d", 0755), 0);
        assert_int_equal(chdir("d"), 0);
    }
    for (int i = 0; i < FILES; i++) {
        memset(name, 'n', 240);
        assert_int_equal(snprintf(name + 200, 40, "%05d", (i * 7) % FILES), 5);
        put_file(name, "");
    }
    assert_int_equal(chdir(*state), 0);
    const char *path = "large";
    struct evidence *e = evidence_io_open(&path, 1);
    struct evidence_item item;
    char last[1024] = "";
    size_t files = 0;
    while (evidence_io_next(e, &item)) {
        assert_int_equal(item.kind, EVIDENCE_FILE);
        assert_true(item.path.n < sizeof(last));
        memcpy(name, item.path.p + item.path.n - 5, 5);
        name[5] = '\0';
        assert_true(strcmp(last, name) < 0);
        memcpy(last, name, 6);
        files++;
        close(item.fd);
    }
    evidence_io_close(e);
    assert_int_equal(files, FILES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_names),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_odd_files),
        cmocka_unit_test(test_unreadable_folder),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_large_folder),
    };
    return cmocka_run_group_tests(tests, enter_temp, leave_temp);
}
