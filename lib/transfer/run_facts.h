/*
 * What a run depends on, as lines of text: its pictures, model and settings. A checkpoint has those of its run, so that
 * a run that goes on with other ones is refused with a list of what differs.
 */
#ifndef NST_TRANSFER_RUN_FACTS_H
#define NST_TRANSFER_RUN_FACTS_H

#include "transfer/run_plan.h"

typedef struct nst__run_facts {
    char *text; /* lines "NAME<tab>VALUE\n"; a "~" before NAME: it changes no more than the last bits of the result */
    size_t length;
} nst__run_facts;

/* Pictures and weights are written as their size and a fingerprint. FROM_PICTURE: a run of nst_transfer_resume(), whose
 * picture does not count, since every checkpoint has what became of it. The engine of TRANSFER must be there. Always
 * release *OUT. */
nst_status nst__run_facts_make(nst__run_facts *out, const nst_transfer *transfer, const nst_optimizer *optimizer,
                               const nst__run_plan *plan, bool from_picture);
void nst__run_facts_release(nst__run_facts *facts);

/* Compares the facts of a checkpoint, THEN, with those of a run. NST_ERR_STATE: they differ; the message begins with
 * PATH. If only last bits will differ, NOTE [SIZE] says why; else it is "". Names that only one side has are new in
 * that version of the library, and are passed over. */
nst_status nst__run_facts_compare(const char *path, const char *then, const nst__run_facts *now, char *note,
                                  size_t size);

#endif
