/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tocsind, the supervisor.
 *
 * Job: opens what roles need, starts them, joins them by channels, watches them, starts again
 * what ended, kills what is accused, records it.
 *
 * Input trust: its configuration and rule folders (root's) are read, not believed. What roles
 * say is hostile: decoded by guard/link.h, bounded, escaped before it is printed.
 *
 * Powers: all of those of the user who starts it. It parses no log.
 *
 * If it dies: every role dies with it; what was promised is in the ledger, what was blocked
 * ends by the kernel's clock. The service manager starts it again.
 */
#include "base/file.h"
#include "daemon/say.h"
#include "daemon/supervisor_io.h"

#include <errno.h>
#include <getopt.h>
#include <unistd.h>

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct arguments {
    const char *config;
    bool check, version, help, manual, wrong;
};

static const char usage[] = "usage: tocsind [--config FILE] [--foreground] [--check]\n"
                            "  --config FILE  instead of /etc/tocsin/tocsin.conf\n"
                            "  --foreground   nothing: it always stays in the foreground\n"
                            "  --check        read the configuration and the rules, say what "
                            "is wrong, end\n"
                            "  --version, --help\n";

static struct arguments read_arguments(int argc, char **argv)
{
    enum { CONFIG = 256, FOREGROUND, CHECK, VERSION, HELP, MANUAL };
    static const struct option options[] = {
        {"config", required_argument, NULL, CONFIG},
        {"foreground", no_argument, NULL, FOREGROUND},
        {"check", no_argument, NULL, CHECK},
        {"version", no_argument, NULL, VERSION},
        {"help", no_argument, NULL, HELP},
        {"manual-settings", no_argument, NULL, MANUAL}, /* for the build of tocsin.conf(5) */
        {0},
    };
    struct arguments a = {.config = "/etc/tocsin/tocsin.conf"};
    int option;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        a.config = option == CONFIG ? optarg : a.config;
        a.check |= option == CHECK;
        a.version |= option == VERSION;
        a.help |= option == HELP;
        a.manual |= option == MANUAL;
        a.wrong |= option == '?';
    }
    a.wrong |= optind < argc;
    return a;
}

static void put(int fd, struct str text)
{
    rc_ignore(file_write_all(fd, bytes_of(text)), "nobody to tell it to");
}

static void print_faults(const struct diag *d)
{
    for (size_t i = 0; i < d->count; i++) {
        AUTO_BUF line = {0};
        diag_print(&line, &d->messages[i]);
        put(STDERR_FILENO, buf_str(&line));
    }
}

static struct rc load(const char *path, struct arena *a, struct diag *d, struct conf *out)
{
    struct str text;
    struct rc rc = file_load(path, CONF_FILE_BYTES, a, &text);
    if (rc_failed(rc)) {
        say_failed("daemon.config", str_of(path), rc);
        return rc;
    }
    return conf_parse(text, str_of(path), a, d, out);
}

static int work(const struct arguments *arguments, struct arena *a, struct diag *d)
{
    struct conf conf;
    struct str path = str_of(arguments->config);
    struct rc rc = load(arguments->config, a, d, &conf);
    if (!rc_failed(rc) && arguments->check) {
        rc = supply_io_check(&conf, path, d);
    }
    if (rc_failed(rc) || arguments->check) {
        print_faults(d);
        return rc_failed(rc) ? EXIT_FAILED : EXIT_FINE;
    }
    struct supply_io *supply = NULL;
    rc = supply_io_open(&conf, path, d, &supply);
    print_faults(d);
    if (rc_failed(rc)) {
        say_event("daemon.cannot_start");
        return EXIT_FAILED;
    }
    say_event("daemon.started version=%s pid=%d", TOCSIN_VERSION, (int)getpid());
    int status = supervisor_io_run(supply);
    supply_io_close(supply);
    return status;
}

int main(int argc, char **argv)
{
    file_hold_standard();
    struct arguments arguments = read_arguments(argc, argv);
    if (arguments.wrong || arguments.help) {
        put(arguments.wrong ? STDERR_FILENO : STDOUT_FILENO, str_of(usage));
        return arguments.wrong ? EXIT_USAGE : EXIT_FINE;
    }
    if (arguments.version) {
        put(STDOUT_FILENO, STR("tocsind " TOCSIN_VERSION "\n"));
        return EXIT_FINE;
    }
    if (arguments.manual) {
        AUTO_BUF out = {0};
        conf_manual(&out);
        put(STDOUT_FILENO, buf_str(&out));
        return EXIT_FINE;
    }
    AUTO_ARENA a = arena_open((size_t)8 << 20);
    struct diag d = diag_open();
    int status = work(&arguments, a, &d);
    diag_close(&d);
    return status;
}
