/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode/normal_route.h"

#include "base/hash.h"

/* Longer than any channel or program that a row names. */
enum { MAX_KEY_BYTES = 128 };

struct row {
    struct str name;
    enum logsource_id logsource;
};

static const struct row channels[] = {
#define CHANNEL(channel, logsource) {STR_INIT(channel), LOGSOURCE_##logsource},
#include "model/channel.def"
};

/* Where a record names its provider but not its channel. */
static const struct row providers[] = {
    {STR_INIT("Microsoft-Windows-Sysmon"), LOGSOURCE_WINDOWS_SYSMON},
    {STR_INIT("Linux-Sysmon"), LOGSOURCE_LINUX_SYSMON},
    {STR_INIT("Microsoft-Windows-Security-Auditing"), LOGSOURCE_WINDOWS_SECURITY},
    {STR_INIT("Microsoft-Windows-PowerShell"), LOGSOURCE_WINDOWS_POWERSHELL},
    {STR_INIT("PowerShell"), LOGSOURCE_WINDOWS_POWERSHELL_CLASSIC},
    {STR_INIT("Microsoft-Windows-Windows Defender"), LOGSOURCE_WINDOWS_WINDEFEND},
    {STR_INIT("Microsoft-Windows-WMI-Activity"), LOGSOURCE_WINDOWS_WMI},
    {STR_INIT("Microsoft-Windows-TaskScheduler"), LOGSOURCE_WINDOWS_TASKSCHEDULER},
    {STR_INIT("Service Control Manager"), LOGSOURCE_WINDOWS_SYSTEM},
};

static const struct {
    enum logsource_id service;
    uint32_t event_id;
    enum logsource_id logsource;
} events[] = {
#define CHANNEL_EVENT(logsource, event_id, event_logsource)                                    \
    {LOGSOURCE_##logsource, event_id, LOGSOURCE_##event_logsource},
#include "model/channel.def"
};

static const struct row programs[] = {
    {STR_INIT("sshd"), LOGSOURCE_LINUX_SSHD},
    {STR_INIT("sshd-session"), LOGSOURCE_LINUX_SSHD},
    {STR_INIT("sshd-auth"), LOGSOURCE_LINUX_SSHD},
    {STR_INIT("sudo"), LOGSOURCE_LINUX_SUDO},
    {STR_INIT("cron"), LOGSOURCE_LINUX_CRON},
    {STR_INIT("crond"), LOGSOURCE_LINUX_CRON},
    {STR_INIT("crontab"), LOGSOURCE_LINUX_CRON},
    {STR_INIT("anacron"), LOGSOURCE_LINUX_CRON},
    {STR_INIT("su"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("login"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("systemd-logind"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("polkitd"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("pkexec"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("useradd"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("userdel"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("usermod"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("groupadd"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("passwd"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("chpasswd"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("gdm-password"), LOGSOURCE_LINUX_AUTH},
    {STR_INIT("clamd"), LOGSOURCE_LINUX_CLAMAV},
    {STR_INIT("clamav"), LOGSOURCE_LINUX_CLAMAV},
    {STR_INIT("clamscan"), LOGSOURCE_LINUX_CLAMAV},
    {STR_INIT("clamonacc"), LOGSOURCE_LINUX_CLAMAV},
    {STR_INIT("freshclam"), LOGSOURCE_LINUX_CLAMAV},
    {STR_INIT("vsftpd"), LOGSOURCE_LINUX_VSFTPD},
    {STR_INIT("guacd"), LOGSOURCE_LINUX_GUACAMOLE},
    {STR_INIT("guacamole"), LOGSOURCE_LINUX_GUACAMOLE},
    {STR_INIT("auditd"), LOGSOURCE_LINUX_AUDITD},
    {STR_INIT("audispd"), LOGSOURCE_LINUX_AUDITD},
    {STR_INIT("audisp-syslog"), LOGSOURCE_LINUX_AUDITD},
    {STR_INIT("apache2"), LOGSOURCE_APACHE},
    {STR_INIT("httpd"), LOGSOURCE_APACHE},
    {STR_INIT("nginx"), LOGSOURCE_NGINX},
};

static struct str lower(struct str s, char room[static MAX_KEY_BYTES])
{
    size_t n = s.n < MAX_KEY_BYTES ? s.n : MAX_KEY_BYTES;
    for (size_t i = 0; i < n; i++) {
        room[i] = str_lower(s.p[i]);
    }
    return (struct str){room, n};
}

static void fill(struct normal_route *r, struct map *map, const struct row *rows, size_t count)
{
    map->seed = hash_random_seed();
    for (size_t i = 0; i < count; i++) {
        char room[MAX_KEY_BYTES];
        struct str own;
        check(rows[i].name.n < MAX_KEY_BYTES);
        check(!rc_failed(arena_copy(r->names, lower(rows[i].name, room), &own)));
        map_set(map, own, rows[i].logsource);
    }
}

void normal_route_open(struct normal_route *r)
{
    *r = (struct normal_route){.names = arena_open((size_t)64 << 10)};
    fill(r, &r->channels, channels, COUNT_OF(channels));
    fill(r, &r->programs, programs, COUNT_OF(programs));
}

void normal_route_close(struct normal_route *r)
{
    map_free(&r->channels);
    map_free(&r->programs);
    arena_close(r->names);
}

static enum logsource_id look_up(const struct map *map, struct str key, enum logsource_id other)
{
    char room[MAX_KEY_BYTES];
    uint32_t v = key.n < MAX_KEY_BYTES ? map_get(map, lower(key, room)) : MAP_NONE;
    return v == MAP_NONE ? other : (enum logsource_id)v;
}

enum logsource_id normal_route_channel(const struct normal_route *r, struct str channel)
{
    return look_up(&r->channels, channel, LOGSOURCE_WINDOWS);
}

enum logsource_id normal_route_program(const struct normal_route *r, struct str program)
{
    return look_up(&r->programs, program, LOGSOURCE_LINUX_SYSLOG);
}

enum logsource_id normal_route_event(enum logsource_id service, uint64_t event_id)
{
    size_t low = 0, high = COUNT_OF(events);
    while (low < high) {
        size_t middle = (low + high) / 2;
        bool below = events[middle].service != service ? events[middle].service < service
                                                       : events[middle].event_id < event_id;
        if (below) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < COUNT_OF(events) && events[low].service == service &&
                 events[low].event_id == event_id;
    return found ? events[low].logsource : service;
}

static enum logsource_id by_provider(struct str provider)
{
    for (size_t i = 0; i < COUNT_OF(providers); i++) {
        if (str_eq_nocase(providers[i].name, provider)) {
            return providers[i].logsource;
        }
    }
    return LOGSOURCE_WINDOWS;
}

struct rc normal_route_windows(const struct normal_route *r, const struct normal_event *x,
                               enum logsource_id *out_service, uint64_t *out_event_id)
{
    struct str name;
    *out_event_id = UINT64_MAX;
    if (normal_event_has(x, FIELD_EVENT_ID)) {
        struct number id = value_number(x->known[FIELD_EVENT_ID]->value);
        *out_event_id = id.kind == NUMBER_UNSIGNED ? id.u : UINT64_MAX;
    }
    if (normal_event_has(x, FIELD_CHANNEL)) {
        TRY(normal_event_text(x, FIELD_CHANNEL, &name));
        *out_service = normal_route_channel(r, name);
        return RC_OK;
    }
    TRY(normal_event_text(x, FIELD_PROVIDER_NAME, &name));
    *out_service = by_provider(name);
    return RC_OK;
}
