/*
 * The file of a checkpoint: safetensors with the facts of the run, its state, and a checksum (docs/formats.md).
 */
#ifndef NST_TRANSFER_CHECKPOINT_H
#define NST_TRANSFER_CHECKPOINT_H

#include "format/table.h"
#include "solver/state.h"

/* What is written. VISIT finds the same parts each time that it is called: to count them, and to write them. */
typedef struct nst__checkpoint_content {
    const char *facts;
    size_t height, width; /* parts of floats are [height, width, 3] */
    void (*visit)(void *user, nst__state *state);
    void *user;
    const nst__state_parts *of; /* NULL: this process has whole vectors */
} nst__checkpoint_content;

/* Writes aside, syncs and renames: an old file at PATH is there until the new one is complete. All ranks call it; rank
 * 0 writes, and it alone can fail. */
nst_status nst__checkpoint_write(const char *path, const nst__checkpoint_content *content);
/* The most bytes of a file, apart from the state. */
enum { NST__CHECKPOINT_HEAD = 8192 };

/* A checkpoint that is open. It must not be moved. */
typedef struct nst__checkpoint {
    nst__source source;
    nst__table table;
    char *facts;
    nst__state state; /* to load what was visited, from its beginning */
} nst__checkpoint;

/* Opens a file and checks all of it against its checksum. Errors: those of nst__source_open(); NST_ERR_FORMAT: another
 * file, or from a machine with another order of bytes; NST_ERR_UNSUPPORTED: of another version; NST_ERR_CORRUPT: cut or
 * changed. Always close *OUT. */
nst_status nst__checkpoint_open(nst__checkpoint *out, const char *path);
const nst__tensor *nst__checkpoint_find(const nst__checkpoint *checkpoint, const char *name); /* NULL: there is none */
void nst__checkpoint_close(nst__checkpoint *checkpoint);

#endif
