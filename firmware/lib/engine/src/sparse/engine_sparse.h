/* Shared by all sparse kernels: segments at the border of the input, and pools. */
#ifndef ENGINE_SPARSE_H
#define ENGINE_SPARSE_H

#include <stddef.h>
#include <stdint.h>

#include "engine_core.h"
#include "engine_flash.h"
#include "engine_kernels_sparse.h"

/* Windows that are computed together, so that each tap is read once for all of them. */
#define ENGINE_SPARSE_BLOCK ENGINE_FILTERS

static inline size_t engine_segment_offset(const int32_t *offsets, size_t segment)
{
    return (size_t)engine_flash_i32(offsets + segment);
}

/* A segment at the border: `row` is the first element of its row in the input, `width` the row's
 * elements, `first` the element of position 0 in that row. Width 0: all of it is padding. */
typedef struct {
    size_t row, width;
    size_t first; /* wraps where it lies left of the row */
} engine_sparse_cut;

static inline engine_sparse_cut engine_sparse_clip(const engine_window *g, const int32_t *place,
                                                   int top, int left)
{
    const int32_t row = top + engine_flash_i32(place);
    const size_t width = (size_t)g->in_w * (size_t)g->in_c;
    engine_sparse_cut cut = {0, 0, 0};
    if (row >= 0 && row < g->in_h) {
        cut.row = (size_t)row * width;
        cut.width = width;
        cut.first = (size_t)((int32_t)left * g->in_c + engine_flash_i32(place + 1));
    }
    return cut;
}

/* The pools of a layer, in input elements: the windows of a pool begin `within` from its first one,
 * the next pool step_x or step_y further on. */
typedef struct {
    ptrdiff_t within[ENGINE_SPARSE_WINDOWS];
    uint16_t rows, columns;
    ptrdiff_t step_y, step_x;
    size_t channels;
} engine_sparse_pools;

/* Return pools of four windows, of which pool_w, 1, 2 or 4, are side by side. */
static inline engine_sparse_pools engine_sparse_pools_of(const engine_sparse_grid *g,
                                                         uint16_t pool_h, uint16_t pool_w)
{
    const ptrdiff_t step_y = (ptrdiff_t)g->step_y, step_x = (ptrdiff_t)g->step_x;
    const ptrdiff_t one = pool_w == 1 ? step_y : step_x;
    const ptrdiff_t two = pool_w == 2 ? step_y : 2 * one;
    const engine_sparse_pools pools = {.within = {0, one, two, one + two},
                                       .rows = (uint16_t)(g->out_h / pool_h),
                                       .columns = (uint16_t)(g->out_w / pool_w),
                                       .step_y = (ptrdiff_t)pool_h * step_y,
                                       .step_x = (ptrdiff_t)pool_w * step_x,
                                       .channels = g->out_c};
    return pools;
}

/* Return 1 where all taps of a window from coordinate `origin` on lie within 0..size - 1. */
static inline int engine_sparse_inside(int origin, int kernel, int dilation, int size)
{
    return origin >= 0 && origin + (kernel - 1) * dilation < size;
}

#endif
