/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules_sample.h"

#include "base/file.h"
#include "detect/sigma/ruleset_io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char rule[] = "title: t\nlevel: low\nid: 6f3e2987-db24-4c78-a860-b4f4095a709%c\n"
                           "logsource: {product: x}\ndetection: {a: {f: x}, condition: a}\n";

static void put(int folder, const char *name, char last)
{
    AUTO_FD fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    AUTO_BUF text = {0};
    for (const char *c = rule; *c != '\0'; c++) {
        if (c[0] == '%' && c[1] == 'c') {
            buf_putc(&text, last);
            c++;
        } else {
            buf_putc(&text, *c);
        }
    }
    assert_ok(file_write_all(fd, bytes_of(buf_str(&text))));
}

static bool says(const struct diag *d, const char *path, const char *part)
{
    for (size_t i = 0; i < d->count; i++) {
        if (str_ends(d->messages[i].path, str_of(path)) &&
            str_find(d->messages[i].text, str_of(part)) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* Sorted, hidden and foreign files left out, loops and other things reported. */
static void a_folder_is_walked(void **state)
{
    (void)state;
    char path[] = "/tmp/test_ruleset_io_XXXXXX";
    assert_non_null(mkdtemp(path));
    AUTO_FD folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(mkdirat(folder, "b", 0700), 0);
    put(folder, "c.yml", '1');
    put(folder, "a.YAML", '2');
    put(folder, "b/new\nline.yml", '3');
    put(folder, ".hidden.yml", '4');
    put(folder, "README.md", '5');
    assert_int_equal(symlinkat("..", folder, "b/loop"), 0);
    assert_int_equal(symlinkat("nowhere", folder, "gone.yml"), 0);
    assert_int_equal(mkfifoat(folder, "pipe.yml", 0600), 0);
    struct diag diag = diag_open();
    struct ruleset *set = ruleset_open(&(struct ruleset_opts){0});
    ruleset_io_load(set, path, &diag);
    ruleset_io_load(set, "/nonexistent/rules", &diag);
    ruleset_finish(set, &diag);
    size_t count;
    const struct rule *rules = ruleset_rules(set, &count);
    assert_int_equal(count, 3);
    assert_true(str_ends(rules[0].path, STR("/a.YAML")));
    assert_true(str_ends(rules[1].path, STR("/b/new\nline.yml")));
    assert_true(str_ends(rules[2].path, STR("/c.yml")));
    assert_int_equal(diag.errors, 4);
    assert_true(says(&diag, "/b/loop", "leads back"));
    assert_true(says(&diag, "/gone.yml", "No such file"));
    assert_true(says(&diag, "/pipe.yml", "neither a file nor a folder"));
    assert_true(says(&diag, "/nonexistent/rules", "No such file"));
    ruleset_close(set);
    diag_close(&diag);
    static const char *const files[] = {"b/new\nline.yml", "b/loop",    "c.yml",    "a.YAML",
                                        ".hidden.yml",     "README.md", "gone.yml", "pipe.yml"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        assert_int_equal(unlinkat(folder, files[i], 0), 0);
    }
    assert_int_equal(unlinkat(folder, "b", AT_REMOVEDIR), 0);
    assert_int_equal(rmdir(path), 0);
}

static struct rc read_lists(const char *text, struct arena *a, struct diag *diag,
                            struct ruleset_opts *out)
{
    char path[] = "/tmp/test_ruleset_io_XXXXXX";
    AUTO_FD fd = mkstemp(path);
    assert_ok(file_write_all(fd, bytes_of(str_of(text))));
    struct rc rc = ruleset_io_placeholders(path, a, diag, out);
    assert_int_equal(unlink(path), 0);
    return rc;
}

static void lists_are_read(void **state)
{
    (void)state;
    AUTO_ARENA a = arena_open((size_t)1 << 20);
    struct diag diag = diag_open();
    struct ruleset_opts opts = {0};
    assert_ok(read_lists("hosts: [dc1, 2]\none: x\n", a, &diag, &opts));
    assert_int_equal(opts.placeholder_count, 2);
    assert_str(opts.placeholders[0].name, "hosts");
    assert_str(opts.placeholders[0].values[1], "2");
    assert_int_equal(opts.placeholders[1].value_count, 1);
    assert_fails(read_lists("hosts: []\n", a, &diag, &opts), REJECTED);
    assert_fails(read_lists("[x]\n", a, &diag, &opts), REJECTED);
    assert_fails(read_lists("", a, &diag, &opts), REJECTED);
    assert_fails(read_lists("a: {b: c}\n", a, &diag, &opts), REJECTED);
    assert_fails(read_lists("a: [\n", a, &diag, &opts), REJECTED);
    assert_int_equal(diag.errors, 5);
    diag_close(&diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_is_walked),
        cmocka_unit_test(lists_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
