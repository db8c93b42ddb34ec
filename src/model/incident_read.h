/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * incident_read - the reading half of model/incident.h, without the check of the key.
 */
#ifndef MODEL_INCIDENT_READ_H
#define MODEL_INCIDENT_READ_H

#include "model/incident.h"

MUST_USE struct rc incident_read_all(struct str json, struct arena *a, struct fact_head *out,
                                     struct incident *out_incident);

#endif
