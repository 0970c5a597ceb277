/*
 * A picture whose rows several processes have (base/ranks.h), each some of them. With one process it is a picture in
 * memory.
 */
#ifndef NST_IMAGE_DISTRIBUTED_H
#define NST_IMAGE_DISTRIBUTED_H

#include "base/ranks.h"
#include "image/image.h"

typedef struct nst__distributed {
    nst__ranks *ranks;      /* NULL: IMAGE is the whole picture */
    const nst_image *image; /* what this rank has: at least the rows OWN. The caller's */
    size_t top, height;     /* the row of the whole picture that IMAGE begins with; the rows of the whole picture */
    nst__rows own;          /* each row is on one rank alone */
    nst__rows *has;         /* OWN of every rank; NULL without ranks */
} nst__distributed;

/* IMAGE, which may be NULL, as one process has it. Need not be closed. */
nst__distributed nst__distributed_alone(const nst_image *image);
/* IMAGE is the band of this rank, or the whole picture on every rank, of which each then takes a part. All ranks call
 * it, and find the same if their bands do not make one picture. With RANKS NULL as above: a band is a picture of its
 * own. Always close. */
nst_status nst__distributed_open(nst__distributed *out, nst__ranks *ranks, const nst_image *image);
void nst__distributed_close(nst__distributed *picture);

/* The rows of the picture that IMAGE is, or is a band of; without RANKS a band is a picture of its own. */
size_t nst__distributed_height(const nst__ranks *ranks, const nst_image *image);

/* The picture resized to WIDTH x HEIGHT: the rows that this rank wants; *OUT is NULL if it wants none. All ranks call
 * it. A row has the same bits whichever rank has what it is made of. */
nst_status nst__distributed_resize(nst_image **out, const nst__distributed *picture, size_t width, size_t height,
                                   nst__rows_of wants);
/* The bytes that it takes besides *OUT on a rank that has and wants so many rows of a picture of WHOLE x WIDTH. */
uint64_t nst__distributed_resize_bytes(size_t whole, size_t width, size_t own, size_t new_height, size_t new_width,
                                       nst__rows wants);

/* A fingerprint of the picture: the same for any number of ranks, and on each of them. */
uint64_t nst__distributed_hash(const nst__distributed *picture);

#endif
