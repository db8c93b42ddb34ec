/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cmd_watch - the verbs for whoever is on watch: how things stand, what is done, and one
 * incident from the start.
 */
#ifndef CLI_CMD_WATCH_H
#define CLI_CMD_WATCH_H

#include "cli/answer_json.h"
#include "cli/sheet.h"
#include "model/incident.h"

int cmd_status(int argc, char **argv);
int cmd_actions(int argc, char **argv);
int cmd_incident_list(int argc, char **argv);
int cmd_incident_show(int argc, char **argv);

/* "refused (never): why"; what would have been done says so itself. */
void cmd_watch_verdict(struct buf *out, struct str name, struct str text);
/* A list of incidents, as in status. */
void cmd_watch_incidents(struct sheet *s, const json_t *list);
/* All of one incident; notices may be NULL. */
void cmd_watch_show_incident(struct sheet *s, const struct incident *i, const json_t *notices);

/* Why the findings of one incident belong together, each entity once. */
void cmd_watch_links(struct sheet *s, const struct incident *i);

#endif
