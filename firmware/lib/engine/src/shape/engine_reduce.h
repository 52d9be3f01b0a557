/* Walks the elements that a reduction joins. */
#ifndef ENGINE_REDUCE_H
#define ENGINE_REDUCE_H

#include <stddef.h>

#include "engine_flash.h"
#include "engine_kernels_shape.h"

typedef struct {
    int32_t dims[ENGINE_RANK][2]; /* size, step */
    int32_t index[ENGINE_RANK];
    int32_t at;
} engine_walk;

static inline void engine_walk_begin(engine_walk *w, const int32_t *dims)
{
    memset(w, 0, sizeof *w);
    engine_flash_copy(w->dims, dims, sizeof w->dims);
}

/* After the last element it is at the first again. */
static inline void engine_walk_next(engine_walk *w)
{
    for (int d = ENGINE_RANK - 1; d >= 0; d--) {
        w->at += w->dims[d][1];
        if (++w->index[d] < w->dims[d][0]) {
            return;
        }
        w->index[d] = 0;
        w->at -= w->dims[d][0] * w->dims[d][1];
    }
}

/* The walks over the kept dimensions and over the reduced ones. */
static inline void engine_walks_begin(engine_walk *kept, engine_walk *reduced, const int32_t *dims)
{
    engine_walk_begin(kept, dims);
    engine_walk_begin(reduced, dims + 2 * ENGINE_RANK);
}

#endif
